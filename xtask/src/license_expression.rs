//! SPDX licence expressions: does a list of accepted licences satisfy one?
//!
//! The grammar is SPDX 2.3, annex D: licence identifiers, `WITH`, `AND`, `OR`
//! and parentheses, `AND` binding closer than `OR`. The slash that old crates
//! write for `OR` is read too.

use anyhow::{Result, bail};

/// Says whether `expression` can be satisfied by accepted licences only.
///
/// `accepted` decides about one licence, given as `MIT` or, with an exception,
/// as `Apache-2.0 WITH LLVM-exception`.
///
/// # Errors
/// When `expression` is not a well-formed SPDX expression.
pub fn is_satisfied(expression: &str, accepted: &dyn Fn(&str) -> bool) -> Result<bool> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Parser { expression, tokens: &tokens, accepted };
    let satisfied = parser.alternatives()?;
    if let Some(token) = parser.tokens.first() {
        bail!("licence expression `{expression}`: expected its end, found `{token}`");
    }
    Ok(satisfied)
}

struct Parser<'a> {
    expression: &'a str,
    tokens: &'a [&'a str],
    accepted: &'a dyn Fn(&str) -> bool,
}

impl<'a> Parser<'a> {
    /// `conjunction (OR conjunction)*`
    fn alternatives(&mut self) -> Result<bool> {
        let mut satisfied = self.conjunction()?;
        while self.take("OR") {
            satisfied |= self.conjunction()?;
        }
        Ok(satisfied)
    }

    /// `term (AND term)*`
    fn conjunction(&mut self) -> Result<bool> {
        let mut satisfied = self.term()?;
        while self.take("AND") {
            satisfied &= self.term()?;
        }
        Ok(satisfied)
    }

    /// `( alternatives )` or `LICENCE` or `LICENCE WITH EXCEPTION`
    fn term(&mut self) -> Result<bool> {
        if self.take("(") {
            let satisfied = self.alternatives()?;
            if !self.take(")") {
                bail!("licence expression `{}`: expected `)`", self.expression);
            }
            return Ok(satisfied);
        }
        let license = self.identifier()?;
        if self.take("WITH") {
            let exception = self.identifier()?;
            return Ok((self.accepted)(&format!("{license} WITH {exception}")));
        }
        Ok((self.accepted)(license))
    }

    fn identifier(&mut self) -> Result<&'a str> {
        match self.tokens.split_first() {
            Some((token, rest)) if !["OR", "AND", "WITH", "(", ")"].contains(token) => {
                self.tokens = rest;
                Ok(token)
            }
            found => bail!(
                "licence expression `{}`: expected a licence, found {}",
                self.expression,
                found.map_or_else(|| "its end".to_owned(), |(token, _)| format!("`{token}`")),
            ),
        }
    }

    fn take(&mut self, expected: &str) -> bool {
        match self.tokens.split_first() {
            Some((token, rest)) if *token == expected => {
                self.tokens = rest;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_satisfied;

    fn satisfied(expression: &str) -> bool {
        let accepted =
            |license: &str| ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"].contains(&license);
        is_satisfied(expression, &accepted).unwrap()
    }

    #[test]
    fn one_accepted_alternative_is_enough() {
        assert!(satisfied("MIT"));
        assert!(satisfied("GPL-3.0 OR MIT"));
        assert!(satisfied("Unlicense/MIT"));
        assert!(!satisfied("GPL-3.0"));
        assert!(!satisfied("GPL-3.0 OR MPL-2.0"));
    }

    #[test]
    fn every_part_of_a_conjunction_must_be_accepted() {
        assert!(satisfied("MIT AND ISC"));
        assert!(!satisfied("MIT AND OpenSSL"));
        assert!(!satisfied("(GPL-3.0 OR MIT) AND OpenSSL"));
        assert!(satisfied("(GPL-3.0 OR MIT) AND ISC"));
    }

    #[test]
    fn and_binds_closer_than_or() {
        assert!(satisfied("MIT OR GPL-3.0 AND OpenSSL"));
        assert!(!satisfied("GPL-3.0 AND MIT OR OpenSSL"));
    }

    #[test]
    fn an_exception_makes_another_licence() {
        assert!(satisfied("Apache-2.0 WITH LLVM-exception"));
        assert!(!satisfied("Apache-2.0"));
        assert!(!satisfied("MIT WITH LLVM-exception"));
    }

    #[test]
    fn malformed_expressions_are_errors() {
        for expression in ["", "MIT OR", "AND MIT", "(MIT", "MIT ISC", "MIT WITH", "MIT)", "()"] {
            assert!(is_satisfied(expression, &|_| true).is_err(), "{expression}");
        }
    }
}
