//! Writes the JavaScript glue of a wasm file: `osusume-glue IN.wasm OUT_DIR`.
//!
//! Uses the library of the `wasm-bindgen` command, whose installation would take five minutes.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().skip(1).collect();
    let [input, out_dir] = args.as_slice() else {
        eprintln!("usage: osusume-glue IN.wasm OUT_DIR");
        return ExitCode::from(2);
    };
    let mut bindgen = Bindgen::new();
    bindgen.input_path(input).typescript(true).omit_default_module_path(true).out_name("osusume");
    match generate(&mut bindgen, out_dir.as_ref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("osusume-glue: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes the files, with short names for the imports and closures of the module: their own names
/// end in a hash, which does not compress.
fn generate(bindgen: &mut Bindgen, out_dir: &Path) -> Result<(), Box<dyn Error>> {
    let mut output = bindgen.web(true)?.generate_output()?;
    let mut js = output.js().to_owned();
    let module = output.wasm_mut();
    let imports = module.imports.iter_mut().map(|import| &mut import.name);
    let exports = module.exports.iter_mut().map(|export| &mut export.name);
    let closures = exports.filter(|name| name.starts_with("wasm_bindgen_"));
    for (name, number) in imports.chain(closures).zip(0..) {
        let short = format!("_{number}");
        js = js.replace(name.as_str(), &short);
        *name = short;
    }
    output.emit(out_dir)?;
    Ok(std::fs::write(out_dir.join("osusume.js"), js)?)
}
