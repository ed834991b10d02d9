import { roundTrip } from './round-trip.js';

document.querySelector('#result').textContent = await roundTrip();
