#[test] fn outside() { assert_eq!(adder::add(1, 2), 3); }
