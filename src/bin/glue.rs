//! Writes the JavaScript glue of a wasm file: `osusume-glue IN.wasm OUT_DIR`.
//!
//! The same library as the `wasm-bindgen` command, without that command's five-minute installation.

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    let [input, out_dir] = args.as_slice() else {
        eprintln!("usage: osusume-glue IN.wasm OUT_DIR");
        return ExitCode::from(2);
    };
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen.input_path(input).typescript(true).omit_default_module_path(true).out_name("osusume");
    match bindgen.web(true).and_then(|b| b.generate(out_dir)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("osusume-glue: {error:#}");
            ExitCode::FAILURE
        }
    }
}
