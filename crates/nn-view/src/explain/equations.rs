//! The equations of the five phases in MathML, which browsers draw without help.

/// A sequence of MathML elements from a compact notation: `a^l`, `w^(l+1)`, `b_j` and single signs.
fn mi(name: &str) -> String {
    format!("<mi>{name}</mi>")
}

fn mo(sign: &str) -> String {
    format!("<mo>{sign}</mo>")
}

fn sup(base: &str, exponent: &str) -> String {
    format!("<msup><mi>{base}</mi><mrow>{exponent}</mrow></msup>")
}

fn subsup(base: &str, index: &str, exponent: &str) -> String {
    format!("<msubsup><mi>{base}</mi><mrow>{index}</mrow><mrow>{exponent}</mrow></msubsup>")
}

fn before() -> String {
    format!("{}{}<mn>1</mn>", mi("l"), mo("−"))
}

fn after() -> String {
    format!("{}{}<mn>1</mn>", mi("l"), mo("+"))
}

fn slope(layer: &str) -> String {
    format!(
        "<mrow><msup><mi>σ</mi><mo>′</mo></msup>{}{}{}</mrow>",
        mo("("),
        sup("z", &mi(layer)),
        mo(")")
    )
}

fn partial(of: &str) -> String {
    format!("<mfrac><mrow><mo>∂</mo><mi>C</mi></mrow><mrow><mo>∂</mo>{of}</mrow></mfrac>")
}

/// The equations of phase `number`, 1 to 5.
pub(super) fn mathml(number: usize) -> String {
    let l = mi("l");
    let rows: Vec<String> = match number {
        1 => vec![format!("<msup><mi>a</mi><mn>1</mn></msup>{}{}", mo("="), mi("x"))],
        2 => vec![
            format!(
                "{}{}{}{}{}{}",
                sup("z", &l),
                mo("="),
                sup("w", &l),
                sup("a", &before()),
                mo("+"),
                sup("b", &l)
            ),
            format!("{}{}{}{}{}{}", sup("a", &l), mo("="), mi("σ"), mo("("), sup("z", &l), mo(")")),
        ],
        3 => vec![format!(
            "{}{}<msub><mo>∇</mo><mi>a</mi></msub>{}{}{}",
            sup("δ", &mi("L")),
            mo("="),
            mi("C"),
            mo("⊙"),
            slope("L")
        )],
        4 => vec![format!(
            "{}{}{}<msup><mrow>{}{}{}</mrow><mi>T</mi></msup>{}{}{}{}",
            sup("δ", &l),
            mo("="),
            mo("("),
            mo("("),
            sup("w", &after()),
            mo(")"),
            sup("δ", &after()),
            mo(")"),
            mo("⊙"),
            slope("l")
        )],
        _ => vec![
            format!(
                "{}{}{}{}",
                partial(&subsup("w", &format!("{}{}", mi("j"), mi("k")), &l)),
                mo("="),
                subsup("a", &mi("k"), &before()),
                subsup("δ", &mi("j"), &l)
            ),
            format!(
                "{}{}{}",
                partial(&subsup("b", &mi("j"), &l)),
                mo("="),
                subsup("δ", &mi("j"), &l)
            ),
        ],
    };
    let math = |row: &String| format!("<math display=\"block\"><mrow>{row}</mrow></math>");
    rows.iter().map(math).collect::<Vec<_>>().join("\n")
}
