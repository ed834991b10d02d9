//! Blocks: what is decoded is what was encoded, and each kind is chosen for the data it was made for.

mod support;

use proptest::prelude::*;
use support::blocks::{EFFORTS, Noise, check, encode, expect, half, kind};
use support::{bf16_bytes, f32_bytes, noise};
use tensorpress_engine::codec::{Effort, Kind, Layout, Scratch, decode_block, encode_block};

#[test]
fn what_a_sample_misses_comes_back() {
    let mut noise = Noise(11);
    let values: Vec<f32> = noise.floats(65_536);
    let spoilers = [
        0.0,
        -0.0,
        1e-3,
        1e-9,
        1e-30,
        3.0,
        1e4,
        1e30,
        f32::INFINITY,
        f32::NAN,
        1e-44,
    ];
    // Wherever one of these lies, in a run that is counted or not, alone or among others.
    for (index, &spoiler) in spoilers.iter().enumerate() {
        for place in [0, 63, 64, 100, 200, 255, 256, 33_333, 65_535] {
            let mut spoiled = values.clone();
            spoiled[place] = spoiler;
            expect(Layout::Bf16, &bf16_bytes(&spoiled), Kind::Float, 0.75);
            if place == 200 {
                expect(Layout::F32, &f32_bytes(&spoiled), Kind::Float, 0.9);
            }
        }
        let mut all = values.clone();
        all.iter_mut()
            .skip(index)
            .step_by(4001)
            .zip(spoilers.iter().cycle())
            .for_each(|(v, &s)| *v = s);
        check(Layout::Bf16, Effort::Default, &bf16_bytes(&all));
        check(Layout::F32, Effort::Default, &f32_bytes(&all));
    }
    // Two sorts of columns as wide as a run of the sample, and a half that is unlike the other.
    let columns: Vec<f32> = values
        .iter()
        .enumerate()
        .map(|(i, v)| if i / 64 % 4 == 2 { v * 1e-6 } else { *v })
        .collect();
    expect(Layout::Bf16, &bf16_bytes(&columns), Kind::Float, 0.8);
    let halves: Vec<f32> = values
        .iter()
        .enumerate()
        .map(|(i, v)| if i < 32_768 { v * 1e-20 } else { *v })
        .collect();
    expect(Layout::Bf16, &bf16_bytes(&halves), Kind::Float, 0.8);
}

#[test]
fn constants_take_some_bytes() {
    for layout in Layout::ALL {
        expect(layout, &[0; 4096], Kind::Constant, 0.001);
        expect(layout, &[1, 2, 3, 4, 5, 6, 7, 8].repeat(512), Kind::Constant, 0.003);
    }
}

#[test]
fn zeros_are_named_apart() {
    let mut noise = Noise(1);
    let values: Vec<f32> = noise
        .floats(65_536)
        .into_iter()
        .map(|v| if noise.unit() < 0.5 { 0.0 } else { v })
        .collect();
    // One bit for the mask, half of the elements at 0.84 of their size.
    expect(Layout::F32, &f32_bytes(&values), Kind::Sparse, 0.46);
    expect(Layout::Bf16, &bf16_bytes(&values), Kind::Sparse, 0.41);
    let rare: Vec<f32> = noise
        .floats(65_536)
        .into_iter()
        .map(|v| if noise.unit() < 0.95 { 0.0 } else { v })
        .collect();
    expect(Layout::F32, &f32_bytes(&rare), Kind::Sparse, 0.053);
    // A negative zero is no zero here.
    let negative: Vec<f32> = rare.iter().map(|&v| if v == 0.0 { -0.0 } else { v }).collect();
    for effort in EFFORTS {
        check(Layout::F32, effort, &f32_bytes(&negative));
    }
}

#[test]
fn narrow_values_are_found() {
    let mut noise = Noise(2);
    let values = noise.floats(65_536);
    let bits16: Vec<u8> = values
        .iter()
        .flat_map(|v| (v.to_bits() & 0xffff_0000).to_le_bytes())
        .collect();
    expect(Layout::F32, &bits16, Kind::Narrow, 0.34);
    // 11 bits of significand, within fp16's normal range, with zeros of both signs, infinities and NaNs.
    let mut halves: Vec<u32> = values
        .iter()
        .map(|v| v.to_bits() & 0xffff_e000)
        .filter(|b| half(f32::from_bits(*b)) & 0x7fff != 0)
        .collect();
    for (slot, special) in [
        0,
        0x8000_0000,
        0x7f80_0000,
        0xff80_0000,
        0x7fc0_2000,
        0xffff_e000,
        0x3380_0000,
    ]
    .into_iter()
    .enumerate()
    {
        halves[slot * 100] = special;
    }
    let raw: Vec<u8> = halves.iter().flat_map(|bits| bits.to_le_bytes()).collect();
    expect(Layout::F32, &raw, Kind::Narrow, 0.44);
    let wide: Vec<u8> = values.iter().flat_map(|&v| f64::from(v).to_le_bytes()).collect();
    expect(Layout::F64, &wide, Kind::Narrow, 0.43);
}

#[test]
fn rows_of_two_sorts_are_told_apart() {
    let mut noise = Noise(3);
    let mut bits: Vec<u32> = noise.floats(65_536).into_iter().map(f32::to_bits).collect();
    for row in bits.chunks_mut(384).step_by(7) {
        row.iter_mut().for_each(|bits| *bits &= 0xffff_e000);
    }
    let raw: Vec<u8> = bits.iter().flat_map(|bits| bits.to_le_bytes()).collect();
    expect(Layout::F32, &raw, Kind::Mixed, 0.79);
    let wide: Vec<u8> = bits
        .iter()
        .enumerate()
        .flat_map(|(i, &b)| (f64::from(f32::from_bits(b)).to_bits() | u64::from(i / 1000 % 2 == 0)).to_le_bytes())
        .collect();
    expect(Layout::F64, &wide, Kind::Mixed, 0.75);
}

#[test]
fn dequantized_integers_become_a_palette() {
    let mut noise = Noise(4);
    let values: Vec<f32> = noise
        .floats(65_536)
        .into_iter()
        .map(|v| (v * 400.0).round() * 0.002_513_7)
        .collect();
    expect(Layout::F32, &f32_bytes(&values), Kind::Palette, 0.21);
    let finer: Vec<f32> = values.iter().map(|v| v + 0.01 * (noise.next() % 16) as f32).collect();
    expect(Layout::F32, &f32_bytes(&finer), Kind::Palette, 0.40);
    let integers: Vec<u8> = (0..65_536)
        .flat_map(|_| ((noise.next() % 100) as i32 * 1_000_003).to_le_bytes())
        .collect();
    expect(Layout::W4, &integers, Kind::Palette, 0.23);
}

#[test]
fn trained_weights_become_float_blocks() {
    let mut noise = Noise(5);
    let values = noise.floats(65_536);
    expect(Layout::Bf16, &bf16_bytes(&values), Kind::Float, 0.68);
    expect(Layout::F32, &f32_bytes(&values), Kind::Float, 0.84);
    let halves: Vec<u8> = values.iter().flat_map(|&v| half(v).to_le_bytes()).collect();
    expect(Layout::F16, &halves, Kind::Float, 0.86);
    let doubles: Vec<u8> = (0..65_536).flat_map(|_| noise.normal(0.05).to_le_bytes()).collect();
    expect(Layout::F64, &doubles, Kind::Float, 0.89);
}

#[test]
fn special_floats_come_back() {
    let mut noise = Noise(6);
    let specials = [
        0u32,
        0x8000_0000,
        1,
        0x8000_0001,
        0x007f_ffff,
        0x7f80_0000,
        0xff80_0000,
        0x7fc0_0000,
        0x7f80_0001,
        0xffff_ffff,
    ];
    for share in [1, 7, 60, 65, 1000] {
        let raw: Vec<u8> = (0..9000u64)
            .flat_map(|i| {
                let bits = if i % share == 0 {
                    specials[noise.next() as usize % 10]
                } else {
                    (noise.normal(0.05) as f32).to_bits()
                };
                bits.to_le_bytes()
            })
            .collect();
        for effort in EFFORTS {
            for layout in Layout::ALL {
                check(layout, effort, &raw);
            }
        }
    }
    // Every pattern of 16 bits at once: nothing has a common exponent.
    let all: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
    for effort in EFFORTS {
        for layout in Layout::ALL {
            check(layout, effort, &all);
        }
    }
}

#[test]
fn noise_never_grows_by_more_than_a_byte() {
    let mut noise = Noise(7);
    for len in [0, 1, 2, 3, 7, 8, 9, 63, 64, 65, 1000, 4096, 65_536, 262_144] {
        let raw = noise.bytes(len);
        for layout in Layout::ALL {
            for effort in EFFORTS {
                check(layout, effort, &raw);
            }
        }
    }
}

#[test]
fn text_and_integers_shrink() {
    let text = "a header of a model file, {\"dtype\":\"F32\",\"shape\":[384,1536]},".repeat(200);
    expect(Layout::Opaque, text.as_bytes(), Kind::Deflate, 0.05);
    let positions: Vec<u8> = (0..512u64).flat_map(u64::to_le_bytes).collect();
    for effort in EFFORTS {
        assert!(check(Layout::W8, effort, &positions).len() < positions.len() / 5);
    }
    let mut noise = Noise(8);
    let codes: Vec<u8> = (0..65_536).map(|_| noise.normal(12.0) as i8 as u8).collect();
    expect(Layout::U8, &codes, Kind::Planes, 0.72);
}

#[test]
fn most_effort_finds_repetitions_that_a_sample_does_not_show() {
    // Further apart than the sample is long.
    let bytes = noise(20_000, 12).repeat(5);
    for layout in [Layout::Opaque, Layout::U8, Layout::W4] {
        let block = check(layout, Effort::Max, &bytes);
        assert_eq!(kind(&block), Kind::Deflate, "{layout:?}");
        assert!(block.len() < 25_000, "{layout:?}: {}", block.len());
    }
}

#[test]
fn buffers_of_one_block_do_not_leak_into_the_next() {
    let mut noise = Noise(9);
    let values = noise.floats(20_000);
    let zeros: Vec<f32> = values.iter().map(|&v| if v < 0.02 { 0.0 } else { v }).collect();
    let inputs = [
        f32_bytes(&values),
        f32_bytes(&zeros),
        noise.bytes(3000),
        f32_bytes(&values[..77]),
        vec![0; 40_000],
    ];
    let mut shared = Scratch::new();
    for round in 0..3 {
        for (number, raw) in inputs.iter().enumerate() {
            for layout in Layout::ALL {
                let effort = EFFORTS[(round + number) % 3];
                let mut encoded = Vec::new();
                encode_block(layout, effort, raw, &mut encoded, &mut shared);
                assert!(
                    encoded == encode(layout, effort, raw),
                    "a block depends on those before it"
                );
                let mut out = vec![0xA5; raw.len()];
                decode_block(layout, &encoded, &mut out, &mut shared).unwrap();
                assert!(out == *raw);
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_round_trip(
        layout in prop::sample::select(&Layout::ALL),
        effort in prop::sample::select(&EFFORTS),
        raw in prop::collection::vec(prop_oneof![Just(0u8), any::<u8>()], 0..3000),
    ) {
        check(layout, effort, &raw);
    }

    #[test]
    fn structured_bytes_round_trip(
        layout in prop::sample::select(&Layout::ALL),
        effort in prop::sample::select(&EFFORTS),
        seed: u64,
        count in 0usize..9000,
        mask: u64,
        zeros in 0u64..40,
    ) {
        let mut noise = Noise(seed);
        let raw: Vec<u8> = (0..count).flat_map(|_| {
            let value = if noise.next() % 40 < zeros { 0 } else { noise.normal(0.1).to_bits() & mask };
            value.to_le_bytes()
        }).collect();
        check(layout, effort, &raw);
    }
}
