import { roundTrip } from './round-trip.js';

roundTrip().then(console.log);
