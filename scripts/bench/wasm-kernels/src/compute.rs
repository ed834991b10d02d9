//! Kernels that multiply a matrix with a vector. fp32 comes first: it is what the others are measured against.

use crate::{Case, Size, bytes, weights};
use std::hint::black_box;
use tensorpress_kernels::compute::{binary, fp32, int4, int8, sparse};

type Work = Box<dyn FnMut() + Send>;

/// Columns of the dense matrix that a sparse one is multiplied with.
const ACROSS: usize = 32;

pub(crate) const CASES: [Case; 8] = [
    ("fp32", |size| {
        let (weights, vector, mut out) = (weights(size.rows * size.columns), weights(size.columns), outputs(size));
        Box::new(move || fp32::matvec(black_box(&weights), &vector, &mut out).expect("shapes"))
    }),
    ("int8", |size| {
        let signed = |length: usize| -> Vec<i8> { bytes(length).into_iter().map(|byte| byte as i8).collect() };
        let (weights, vector) = (signed(size.rows * size.columns), signed(size.columns));
        let mut out = vec![0; size.rows];
        Box::new(move || int8::matvec(black_box(&weights), &vector, &mut out).expect("shapes"))
    }),
    ("int4, groups of 32", |size| {
        let groups = size.rows * int4::groups(size.columns);
        let (codes, scales) = (bytes(groups * int4::GROUP_BYTES), weights(groups));
        let (vector, mut out) = (weights(size.columns), outputs(size));
        Box::new(move || int4::matvec(black_box(&codes), &scales, &vector, &mut out).expect("shapes"))
    }),
    ("binary", |size| {
        let row = binary::row_bytes(size.columns);
        let (weights, vector, mut out) = (bytes(size.rows * row), bytes(row), vec![0; size.rows]);
        Box::new(move || binary::matvec(black_box(&weights), &vector, size.columns, &mut out).expect("shapes"))
    }),
    ("sparse, 10% kept", |size| sparse_vector(size, 10)),
    ("sparse, 3% kept", |size| sparse_vector(size, 33)),
    ("fp32, 32 vectors", |size| {
        let (weights, vectors) = (weights(size.rows * size.columns), weights(size.columns * ACROSS));
        let mut out = outputs(size);
        Box::new(move || {
            for vector in vectors.chunks_exact(size.columns) {
                fp32::matvec(black_box(&weights), vector, &mut out).expect("shapes");
            }
        })
    }),
    ("sparse, 10% kept, 32 vectors", |size| {
        let (starts, columns, values) = entries(size, 10);
        let (dense, mut out) = (weights(size.columns * ACROSS), vec![0.0; size.rows * ACROSS]);
        Box::new(move || {
            let matrix = sparse::Csr::new(&starts, &columns, &values, size.columns).expect("shapes");
            matrix.matmul(black_box(&dense), ACROSS, &mut out).expect("shapes");
        })
    }),
];

fn outputs(size: Size) -> Vec<f32> {
    vec![0.0; size.rows]
}

/// One element in `one_in`, at random.
fn entries(size: Size, one_in: u8) -> (Vec<u32>, Vec<u32>, Vec<f32>) {
    let (mut starts, mut columns) = (vec![0], vec![]);
    let mut random = crate::noise(size.rows * size.columns);
    for _ in 0..size.rows {
        let kept = (0..size.columns as u32).filter(|_| {
            random
                .next()
                .is_some_and(|bits| bits >> 8 < (1 << 24) / u32::from(one_in))
        });
        columns.extend(kept);
        starts.push(columns.len() as u32);
    }
    let values = weights(columns.len());
    (starts, columns, values)
}

fn sparse_vector(size: Size, one_in: u8) -> Work {
    let (starts, columns, values) = entries(size, one_in);
    let (vector, mut out) = (weights(size.columns), outputs(size));
    Box::new(move || {
        let matrix = sparse::Csr::new(&starts, &columns, &values, size.columns).expect("shapes");
        matrix.matvec(black_box(&vector), &mut out).expect("shapes");
    })
}
