//! Numbers as people read them.

use std::time::Duration;

/// A count with a comma every three digits.
pub(crate) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count of things: `1 epoch`, `30 epochs`.
pub(crate) fn plural(number: usize, thing: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {thing}{ending}", count(number))
}

/// A share of 1 in percent, with two decimals.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}

/// R² with four decimals; a dash where it is undefined.
pub(crate) fn r_squared(r2: Option<f64>) -> String {
    r2.map_or_else(|| "-".to_owned(), |r2| format!("{r2:.4}"))
}

/// A number in five significant digits, as short as that can be.
pub(crate) fn significant(number: f64) -> String {
    let rounded: f64 = format!("{number:.4e}").parse().unwrap_or(number);
    // Very large and very small ones have too many zeros to count.
    if rounded != 0.0 && !(1e-4..1e15).contains(&rounded.abs()) {
        return format!("{rounded:e}");
    }
    rounded.to_string()
}

/// A rate in three digits: `1.62 M`, `83.1 k`.
pub(crate) fn rate(per_second: f64) -> String {
    let (value, unit) = match per_second {
        r if r >= 999_500.0 => (r / 1e6, " M"),
        r if r >= 999.5 => (r / 1e3, " k"),
        r => (r, ""),
    };
    let decimals = match value {
        v if v >= 99.95 || unit.is_empty() => 0,
        v if v >= 9.995 => 1,
        _ => 2,
    };
    format!("{value:.decimals$}{unit}")
}

/// A time in its two largest units: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 07 min`.
pub(crate) fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    let whole = seconds.round() as u64;
    match whole {
        0..10 => format!("{seconds:.1} s"),
        10..60 => format!("{whole} s"),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_digits_are_enough() {
        for (number, text) in [
            (0.0, "0"),
            (152.133_484, "152.13"),
            (-0.001_234_567, "-0.0012346"),
            (1_234_567.0, "1234600"),
            (1.5e-9, "1.5e-9"),
            (2e20, "2e20"),
        ] {
            assert_eq!(significant(number), text);
        }
    }

    #[test]
    fn numbers_are_short_and_clear() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(percent(0.95126), "95.13 %");
        let rates = [12.3, 999.4, 999.9, 83_100.0, 999_400.0, 1_624_000.0, 23e6].map(rate);
        assert_eq!(rates, ["12", "999", "1.00 k", "83.1 k", "999 k", "1.62 M", "23.0 M"]);
        let times =
            [0.04, 9.4, 12.3, 59.7, 185.0, 7_620.0].map(|s| time(Duration::from_secs_f64(s)));
        assert_eq!(times, ["0.0 s", "9.4 s", "12 s", "1 min 00 s", "3 min 05 s", "2 h 07 min"]);
    }
}
