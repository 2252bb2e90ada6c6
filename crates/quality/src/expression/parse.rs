//! From tokens to a tree. Depth and size are bounded, so that nothing that is written can exhaust who reads it.

use crate::expression::token::{Placed, Token};
use crate::expression::{DEPTH_MAX, ExpressionError, NODES_MAX};
use crate::texts;

#[derive(Debug, Clone)]
pub(super) struct Tree {
    pub(super) at: usize,
    pub(super) what: What,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    Number(f64),
    Text(String),
    Day(String),
    Truth(bool),
    Null,
    Today,
    Field(String),
    Call(String, Vec<Tree>),
    Minus(Box<Tree>),
    Not(Box<Tree>),
    Two(&'static str, Box<Tree>, Box<Tree>),
    IsNull(Box<Tree>),
    In(Box<Tree>, Vec<Tree>),
    Between(Box<Tree>, Box<Tree>, Box<Tree>),
    Matches(Box<Tree>, String),
}

pub(super) fn parse(tokens: &[Placed], text: &str) -> Result<Tree, ExpressionError> {
    let mut parser = Parser { tokens, next: 0, depth: 0, nodes: 0 };
    if text.trim().is_empty() {
        return Err(ExpressionError { at: 1, why: texts::condition_empty() });
    }
    let tree = parser.either()?;
    match parser.peek() {
        (_, Token::End) => Ok(tree),
        (at, _) => Err(ExpressionError { at: *at, why: texts::condition_goes_on() }),
    }
}

struct Parser<'a> {
    tokens: &'a [Placed],
    next: usize,
    depth: usize,
    nodes: usize,
}

const END: Placed = (0, Token::End);

type Parsed = Result<Tree, ExpressionError>;

impl<'a> Parser<'a> {
    fn peek(&self) -> &'a Placed {
        self.tokens.get(self.next).unwrap_or(&END)
    }

    fn take(&mut self) -> &'a Placed {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn is_sign(&mut self, signs: &[&str]) -> Option<(usize, &'static str)> {
        let (at, Token::Sign(sign)) = self.peek() else { return None };
        signs.contains(sign).then(|| {
            self.next += 1;
            (*at, *sign)
        })
    }

    fn is_word(&mut self, word: &str) -> Option<usize> {
        let (at, Token::Word(known)) = self.peek() else { return None };
        known.eq_ignore_ascii_case(word).then(|| {
            self.next += 1;
            *at
        })
    }

    fn wants_sign(&mut self, sign: &str) -> Result<(), ExpressionError> {
        let at = self.peek().0;
        self.is_sign(&[sign]).map(|_| ()).ok_or_else(|| ExpressionError { at, why: texts::sign_wanted(sign) })
    }

    fn wants_word(&mut self, word: &str) -> Result<(), ExpressionError> {
        let at = self.peek().0;
        self.is_word(word).map(|_| ()).ok_or_else(|| ExpressionError { at, why: texts::sign_wanted(word) })
    }

    fn tree(&mut self, at: usize, what: What) -> Parsed {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return Err(ExpressionError { at, why: texts::condition_too_large(NODES_MAX) });
        }
        Ok(Tree { at, what })
    }

    /// One level deeper.
    fn within(&mut self, parse: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        let at = self.peek().0;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(ExpressionError { at, why: texts::condition_too_deep(DEPTH_MAX) });
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn either(&mut self) -> Parsed {
        self.within(|parser| {
            let mut left = parser.both()?;
            while let Some(at) = parser.is_word("or") {
                let right = parser.both()?;
                left = parser.tree(at, What::Two("or", left.into(), right.into()))?;
            }
            Ok(left)
        })
    }

    fn both(&mut self) -> Parsed {
        let mut left = self.negated()?;
        while let Some(at) = self.is_word("and") {
            let right = self.negated()?;
            left = self.tree(at, What::Two("and", left.into(), right.into()))?;
        }
        Ok(left)
    }

    fn negated(&mut self) -> Parsed {
        match self.is_word("not") {
            Some(at) => {
                let inner = self.within(Self::negated)?;
                self.tree(at, What::Not(inner.into()))
            }
            None => self.compared(),
        }
    }

    fn compared(&mut self) -> Parsed {
        let left = self.sum()?;
        if let Some((at, sign)) = self.is_sign(&["=", "!=", "<>", "<", "<=", ">", ">="]) {
            let right = self.sum()?;
            let sign = if sign == "<>" { "!=" } else { sign };
            return self.tree(at, What::Two(sign, left.into(), right.into()));
        }
        if let Some(at) = self.is_word("is") {
            let negated = self.is_word("not").is_some();
            self.wants_word("null")?;
            let tree = self.tree(at, What::IsNull(left.into()))?;
            return self.perhaps_not(negated, tree);
        }
        let negated = self.is_word("not").is_some();
        let at = self.peek().0;
        let tree = if self.is_word("in").is_some() {
            self.wants_sign("(")?;
            let mut list = vec![self.sum()?];
            while self.is_sign(&[","]).is_some() {
                list.push(self.sum()?);
            }
            self.wants_sign(")")?;
            self.tree(at, What::In(left.into(), list))?
        } else if self.is_word("between").is_some() {
            let low = self.sum()?;
            self.wants_word("and")?;
            let high = self.sum()?;
            self.tree(at, What::Between(left.into(), low.into(), high.into()))?
        } else if self.is_word("matches").is_some() {
            let at = self.peek().0;
            let (_, Token::Text(pattern)) = self.take() else {
                return Err(ExpressionError { at, why: texts::pattern_wanted() });
            };
            self.tree(at, What::Matches(left.into(), pattern.clone()))?
        } else if negated {
            return Err(ExpressionError { at, why: texts::sign_wanted("in, between, matches") });
        } else {
            return Ok(left);
        };
        self.perhaps_not(negated, tree)
    }

    fn perhaps_not(&mut self, negated: bool, tree: Tree) -> Parsed {
        if negated { self.tree(tree.at, What::Not(tree.into())) } else { Ok(tree) }
    }

    fn sum(&mut self) -> Parsed {
        let mut left = self.product()?;
        while let Some((at, sign)) = self.is_sign(&["+", "-"]) {
            let right = self.product()?;
            left = self.tree(at, What::Two(sign, left.into(), right.into()))?;
        }
        Ok(left)
    }

    fn product(&mut self) -> Parsed {
        let mut left = self.signed()?;
        while let Some((at, sign)) = self.is_sign(&["*", "/"]) {
            let right = self.signed()?;
            left = self.tree(at, What::Two(sign, left.into(), right.into()))?;
        }
        Ok(left)
    }

    fn signed(&mut self) -> Parsed {
        match self.is_sign(&["-"]) {
            Some((at, _)) => {
                let inner = self.within(Self::signed)?;
                self.tree(at, What::Minus(inner.into()))
            }
            None => self.simple(),
        }
    }

    fn simple(&mut self) -> Parsed {
        let (at, token) = self.take();
        let at = *at;
        let what = match token {
            Token::Number(number) => What::Number(*number),
            Token::Text(text) => What::Text(text.clone()),
            Token::Field(name) => What::Field(name.clone()),
            Token::Sign("(") => {
                let inner = self.either()?;
                self.wants_sign(")")?;
                return Ok(inner);
            }
            Token::Word(word) => return self.word(at, word),
            Token::Sign(_) | Token::End => {
                return Err(ExpressionError { at, why: texts::value_wanted() });
            }
        };
        self.tree(at, what)
    }

    fn word(&mut self, at: usize, word: &str) -> Parsed {
        let what = match word.to_ascii_lowercase().as_str() {
            "true" => What::Truth(true),
            "false" => What::Truth(false),
            "null" => What::Null,
            "today" => What::Today,
            "and" | "or" | "in" | "between" | "matches" | "is" | "not" => {
                return Err(ExpressionError { at, why: texts::value_wanted() });
            }
            "date" if matches!(self.peek().1, Token::Text(_)) => {
                let (_, Token::Text(day)) = self.take() else { return self.tree(at, What::Null) };
                What::Day(day.clone())
            }
            name if self.is_sign(&["("]).is_some() => {
                let mut arguments = vec![self.either()?];
                while self.is_sign(&[","]).is_some() {
                    arguments.push(self.either()?);
                }
                self.wants_sign(")")?;
                What::Call(name.to_owned(), arguments)
            }
            _ => What::Field(word.to_owned()),
        };
        self.tree(at, what)
    }
}
