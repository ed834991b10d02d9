//! Kernels that work on a run of values.

use crate::{Case, Size, bytes, weights};
use std::hint::black_box;
use tensorpress_kernels::assign::Codebook;
use tensorpress_kernels::error_measures::error_measures;
use tensorpress_kernels::floats::{self, E4M3, Overflow};
use tensorpress_kernels::group_ranges::{Range, group_ranges};
use tensorpress_kernels::magnitudes::kth_magnitude;
use tensorpress_kernels::pack::{pack, packed_len, unpack};
use tensorpress_kernels::quantize::{Code, Grid, dequantize, quantize};
use tensorpress_kernels::statistics::statistics;
use tensorpress_kernels::threshold::{apply_mask, mask_kept, mask_len, zero_below};

type Work = Box<dyn FnMut() + Send>;

pub(crate) const CASES: [Case; 22] = [
    ("statistics", |size| {
        over(size, |values| drop(black_box(statistics(values))))
    }),
    ("error measures", |size| {
        let other = weights(len(size));
        over(size, move |values| drop(black_box(error_measures(values, &other))))
    }),
    ("k-th magnitude", |size| {
        let rank = len(size) as u64 / 2;
        over(size, move |values| drop(black_box(kth_magnitude(values, rank))))
    }),
    ("zero below a threshold", |size| {
        let mut values = weights(len(size));
        Box::new(move || drop(black_box(zero_below(&mut values, 0.02))))
    }),
    ("mask of what is kept", |size| {
        let mut mask = vec![0; mask_len(len(size))];
        over(size, move |values| drop(black_box(mask_kept(values, 0.02, &mut mask))))
    }),
    ("apply a mask", |size| {
        let (mut values, mask) = (weights(len(size)), bytes(mask_len(len(size))));
        Box::new(move || apply_mask(&mut values, &mask))
    }),
    ("ranges of groups of 32", |size| {
        let mut ranges = vec![Range::default(); len(size).div_ceil(32)];
        over(size, move |values| group_ranges(values, 32, &mut ranges))
    }),
    ("quantize to 8 bits", quantizing::<i8>),
    ("quantize to 16 bits", quantizing::<i16>),
    ("quantize, groups of 32", |size| {
        let mut codes = vec![0u8; len(size)];
        over(size, move |values| {
            for (index, (values, codes)) in values.chunks(32).zip(codes.chunks_mut(32)).enumerate() {
                let inverse_scale = 100.0 + (index & 15) as f32;
                let grid = Grid {
                    inverse_scale,
                    zero: 8.0,
                    low: 0,
                    high: 15,
                };
                quantize(values, grid, codes);
            }
        })
    }),
    ("dequantize from 8 bits", dequantizing::<i8>),
    ("dequantize from 16 bits", dequantizing::<i16>),
    ("pack 1 bit", |size| packing(size, 1)),
    ("pack 3 bits", |size| packing(size, 3)),
    ("pack 4 bits", |size| packing(size, 4)),
    ("unpack 1 bit", |size| unpacking(size, 1)),
    ("unpack 3 bits", |size| unpacking(size, 3)),
    ("unpack 4 bits", |size| unpacking(size, 4)),
    ("nearest of 16 centroids", |size| assigning(size, 16)),
    ("nearest of 256 centroids", |size| assigning(size, 256)),
    ("fp32 to fp16", |size| {
        let mut halves = vec![0; len(size)];
        over(size, move |values| {
            floats::to_fp16(values, Overflow::Infinity, &mut halves)
        })
    }),
    ("fp32 to fp8 E4M3", |size| {
        let mut codes = vec![0; len(size)];
        over(size, move |values| {
            floats::to_small::<E4M3>(values, Overflow::Saturate, &mut codes)
        })
    }),
];

fn len(size: Size) -> usize {
    size.rows * size.columns
}

fn over(size: Size, mut work: impl FnMut(&[f32]) + Send + 'static) -> Work {
    let values = weights(len(size));
    Box::new(move || work(black_box(&values)))
}

fn quantizing<C: Code + Default + Send + 'static>(size: Size) -> Work {
    let mut codes = vec![C::default(); len(size)];
    let grid = Grid {
        inverse_scale: C::HIGHEST as f32 * 10.0,
        zero: 0.0,
        low: C::LOWEST,
        high: C::HIGHEST,
    };
    over(size, move |values| quantize(values, grid, &mut codes))
}

fn dequantizing<C: Code + Default + Send + 'static>(size: Size) -> Work {
    let codes: Vec<C> = bytes(len(size))
        .into_iter()
        .map(|byte| C::from_i32(i32::from(byte >> 1)))
        .collect();
    let mut values = vec![0.0; codes.len()];
    Box::new(move || dequantize(black_box(&codes), 0.01, 3.0, &mut values))
}

fn packing(size: Size, bits: u32) -> Work {
    let codes = bytes(len(size));
    let mut packed = vec![0; packed_len(codes.len(), bits).unwrap_or_default()];
    Box::new(move || pack(bits, black_box(&codes), &mut packed))
}

fn unpacking(size: Size, bits: u32) -> Work {
    let packed = bytes(packed_len(len(size), bits).unwrap_or_default());
    let mut codes = vec![0; len(size)];
    Box::new(move || unpack(bits, black_box(&packed), &mut codes))
}

fn assigning(size: Size, count: usize) -> Work {
    let mut centroids = weights(1 << 14);
    centroids.sort_by(f32::total_cmp);
    let centroids: Vec<f32> = centroids.into_iter().step_by((1 << 14) / count).collect();
    let codebook = Codebook::new(&centroids).expect("sorted and finite");
    let mut indices = vec![0; len(size)];
    over(size, move |values| codebook.assign(values, &mut indices))
}
