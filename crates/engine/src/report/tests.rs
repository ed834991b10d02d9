use super::*;

#[test]
fn written_as_serde_writes() {
    let quality = Quality {
        weights: 5,
        raw: 20,
        encoded: 7,
        bits_per_weight: 11.2,
        sqnr: None,
        tensor_sqnr: None,
        max_error: 0.5,
        mean_error: 1e-9,
        cosine: 1.0,
        sparsity: 0.0,
    };
    let tensor = TensorReport {
        name: "w".into(),
        file: "a".into(),
        dtype: Dtype::F32,
        shape: vec![5],
        rule: "all".into(),
        chain: vec!["prune".into(), "quantize".into()],
        note: "why".into(),
        quality: Some(Quality {
            sqnr: Some(31.5),
            tensor_sqnr: Some(32.5),
            ..quality.clone()
        }),
    };
    let mut kinds = Map::default();
    *kinds.entry("stored", 0) += 2;
    *kinds.entry("float", 0) += 1;
    let mut report = Report {
        files: ["", "npy"]
            .map(|text| FileReport {
                path: "a".into(),
                format: text.into(),
                len: 9,
                note: text.into(),
            })
            .into(),
        streams: [None, Some(Dtype::Bool)]
            .map(|dtype| StreamReport {
                name: "s".into(),
                dtype,
                shape: Vec::new(),
                layout: Layout::F32,
                raw: 8,
                encoded: 4,
                kinds: kinds.clone(),
            })
            .into(),
        tensors: Vec::new(),
        quality: None,
        raw: 8,
        encoded: 4,
        ratio: 2.0,
    };
    assert_eq!(
        tensorpress_json::to_text(&report),
        serde_json::to_string(&report).unwrap()
    );
    report.quality = Some(quality);
    report.tensors = vec![
        TensorReport {
            note: String::new(),
            quality: None,
            ..tensor.clone()
        },
        tensor,
    ];
    assert_eq!(
        tensorpress_json::to_text(&report),
        serde_json::to_string(&report).unwrap()
    );
}
