//! Generates the gRPC code of `examples/tonic_service`, without an external program such as
//! `protoc`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=examples/tonic_service/orders.proto");
    let files = protox::compile(["orders.proto"], ["examples/tonic_service"])?;
    tonic_prost_build::configure().compile_fds(files)?;
    Ok(())
}
