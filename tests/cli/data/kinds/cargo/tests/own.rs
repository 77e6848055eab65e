fn main() { println!("no list"); }
