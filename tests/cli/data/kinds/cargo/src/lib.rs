// SPDX-License-Identifier: Apache-2.0
// One test for each way in which a program of libtest ends one.
pub fn add(a: i32, b: i32) -> i32 {
    a + b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good() {
        assert_eq!(add(2, 2), 4);
    }
    #[test]
    fn bad() {
        println!("about to add");
        assert!(add(2, 2) == 5, "the sum");
    }
    #[test]
    #[ignore]
    fn slow() {}
    #[test]
    #[should_panic]
    fn panics() {
        panic!("as it should");
    }
    #[test]
    #[should_panic(expected = "of another kind")]
    fn panics_otherwise() {
        panic!("as it should not")
    }
    #[test]
    #[should_panic]
    fn panics_never() {}
    #[test]
    fn crash() {
        std::process::abort();
    }
    #[test]
    fn leave() {
        println!("test tests::leave ... ok\n\ntest result: ok. 1 passed; 0 failed");
        std::process::exit(0);
    }
    #[test]
    fn surroundings() {
        assert_eq!(std::env::var("CARGO_PKG_NAME").unwrap(), "adder");
        assert!(std::path::Path::new("Cargo.toml").exists());
    }
    #[test]
    fn returns() -> Result<(), String> {
        Err("no".into())
    }
}
