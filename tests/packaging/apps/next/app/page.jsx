'use client';

import { useEffect, useState } from 'react';
import { roundTrip } from '../round-trip.js';

export default function Page() {
  const [result, setResult] = useState('working');
  useEffect(() => {
    roundTrip().then(setResult, (error) => setResult(String(error)));
  }, []);
  return <p id="result">{result}</p>;
}
