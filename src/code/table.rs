//! The rows of the table of errors, and the enum that they make. Imports the types of a row.
//!
//! A row is: what the error means, kind, code, class, HTTP status, exit code, hint. `-` is the
//! status of the class, or exit code 1; `x` means that a request, or the command, never meets the
//! error. The browser module has the kinds of `device` alone.

use std::fmt;

use super::row::Class;
#[cfg(not(target_arch = "wasm32"))]
use super::row::{Exit, Face, Row};

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Code {
    /// Returns the code's row of the table.
    #[must_use]
    pub const fn row(self) -> &'static Row {
        &TABLE[self as usize] // the rows are in the order of the kinds
    }

    /// Returns the HTTP status. A code that no request is known to meet has its class's status.
    #[must_use]
    pub const fn http_status(self) -> u16 {
        match self.row().status {
            Some(status) => status,
            None => self.class().http_status(),
        }
    }

    /// Returns how the command ends.
    #[must_use]
    pub const fn exit(self) -> Exit {
        match self.row().exit {
            Some(exit) => exit,
            None => Exit::Failure,
        }
    }
}

table! {
    device {
        // A request that the engine refuses.
        Everywhere {
            /// The request is not of the right shape.
            RequestInvalid "request_invalid" Caller - 2
                "the message names the field; docs/engine.schema.json has every field";
            /// No item has this id.
            UnknownId "unknown_id" Caller 404 - "find the id by its title";
            /// No item has this title.
            UnknownTitle "unknown_title" Caller 404 - "send the id of one of the candidates";
            /// Several items have this title.
            AmbiguousTitle "ambiguous_title" Caller 409 - "send the id of one of the candidates";
            /// The release has no model of this name.
            UnknownModel "unknown_model" Caller 422 - "name one of the models in the message";
            /// The catalogue declares no such field.
            UnknownField "unknown_field" Caller 422 - "name one of the fields in the message";
            /// No item has this value in the field.
            UnknownValue "unknown_value" Caller 422 - "name one of the values in the message";
            /// The number of results is not 1 to 1000.
            LimitOutOfRange "limit_out_of_range" Caller 422 2 "ask for 1 to 1000 results";
            /// A number of the request is outside its range.
            OutOfRange "out_of_range" Caller 422 2 "keep to the range in the message";
            /// The field's type has no such condition.
            FilterInvalid "filter_invalid" Caller 422 - "use a condition of the field's type";
            /// The reasons would be too much work.
            ExplainTooLarge "explain_too_large" Caller 422 2 "ask for fewer results or send fewer likes";
            /// The answer would have more than 5 MB.
            AnswerTooLarge "answer_too_large" Caller 422 - "ask for fewer results or fields";
            /// The request has more than 10,000 ids.
            TooManyIds "too_many_ids" Caller 422 2 "leave out the oldest ids";
            /// The release has no text encoder.
            NoTextEncoder "no_text_encoder" Caller 422 - "leave the text out";
            /// No word of the text is known.
            TextUnknown "text_unknown" Caller 422 - "say it in other words";
            /// The vectors of the model are not loaded yet.
            ModelNotLoaded "model_not_loaded" NotReady - - "load the model, or try again soon";
            /// The text encoder is not loaded yet.
            TextNotLoaded "text_not_loaded" NotReady - - "load the encoder, or try again soon";
            /// The catalogue is not loaded yet.
            CatalogueNotLoaded "catalogue_not_loaded" NotReady - -
                "load the catalogue, or try again soon";
            /// A list exported from another site cannot be read.
            ProfileInvalid "profile_invalid" Caller x -
                "give the export of MyAnimeList or AniList as it was downloaded";
            /// A list exported from another site has more than 32 MiB.
            ProfileTooLarge "profile_too_large" Caller x - "shorten the list";

            // A file of the release that is not what it should be.

            /// A file of the release is too short.
            BlobTruncated "blob_truncated" Fault - - "fetch or upload the file again";
            /// A file of the release is too long.
            BlobLength "blob_length" Fault - - "fetch or upload the file again";
            /// A file of the release is something else.
            BlobMagic "blob_magic" Fault - - "upload the whole release again";
            /// A file of the release has another version of the format.
            BlobVersion "blob_version" Fault - - "update osusume, or pack the release again";
            /// A file of the release is of another kind than expected.
            BlobKind "blob_kind" Fault - - "pack the release again";
            /// A file of the release has an impossible shape.
            BlobShape "blob_shape" Fault - - "pack the release again";
            /// A file of the release names rows that cannot be.
            BlobRows "blob_rows" Fault - - "pack the release again";
            /// A value of the release is NaN or infinite.
            BlobValue "blob_value" Fault - - "train and pack again";
            /// The catalogue of the release cannot be read.
            CatalogueInvalid "catalogue_invalid" Fault - - "pack the release again";
            /// The text encoder of the release cannot be read.
            TextInvalid "text_invalid" Fault - - "pack the release again";
            /// The manifest of the release cannot be read.
            ManifestInvalid "manifest_invalid" Fault - - "check the address of manifest.json";
        }
        // A failure of the module or of its platform.
        Browser {
            /// The browser lacks something, or a server answers that does not have it.
            Unsupported "unsupported" Caller x x "use a browser of 2023 or later";
            /// The device has no memory left.
            OutOfMemory "out_of_memory" NotReady x x "close other pages, then try again";
        }
    }
    elsewhere {
        // Whoever fetches the files meets these: the client in JavaScript, or a native program.
        Everywhere {
            /// A file does not have the SHA-256 that the manifest says.
            Integrity "integrity" Fault - - "fetch or upload the file again";
            /// A file of related lists cannot be read, or belongs to another release.
            RelatedInvalid "related_invalid" Fault x - "upload the whole folder of the release";
            /// A file of the release does not exist.
            FileMissing "file_missing" Fault x - "upload the whole folder of the release";
            /// The manifest is not signed by the owner's key.
            SignatureInvalid "signature_invalid" Fault x - "tell the owner of the release";
            /// The release has no signature.
            SignatureMissing "signature_missing" Fault x - "upload manifest.json.minisig";
            /// The release was signed before the one already seen, or before `notBefore`.
            ReleaseOlder "release_older" Fault x - "upload the newest release";
        }
        Browser {
            /// An address cannot be reached.
            Network "network" NotReady x x "check connection, address and CORS, then try again";
            /// The server of the release refuses.
            HttpStatus "http_status" NotReady x x "try again later";
            /// Another release was published meanwhile.
            ReleaseChanged "release_changed" NotReady x x "open the release again";
            /// The release has no map.
            NoMap "no_map" Caller x x "add a map by `osusume map`";
            /// The browser has no WebAssembly, or none with SIMD.
            WasmUnsupported "wasm_unsupported" Caller x x
                "use a browser of 2023 or later, or name a server in `fallback`";
            /// The policy of the page forbids WebAssembly.
            WasmBlocked "wasm_blocked" Fault x x "add 'wasm-unsafe-eval' to script-src";
            /// The module was not uploaded.
            WasmMissing "wasm_missing" Fault x x "upload the whole client folder";
            /// The module is something else, or damaged.
            WasmInvalid "wasm_invalid" Fault x x "upload the whole client folder again";
            /// The browser has ended the worker.
            WorkerLost "worker_lost" NotReady x x "open the release again";
            /// The recommender was closed.
            Closed "closed" Caller x x "open the release again";
        }
        Http {
            /// No route has this path.
            UnknownRoute "unknown_route" Caller 404 x
                "POST /v1/recommend, GET /v1/similar, /v1/find, /v1/items/{id} or /v1/health";
            /// The path does not take this method.
            MethodNotAllowed "method_not_allowed" Caller 405 x "use a method that Allow names";
            /// The body ended before its length.
            BodyIncomplete "body_incomplete" Caller - x "send the whole body";
            /// The body did not come in time.
            BodyTimeout "body_timeout" Caller 408 x "send the body faster";
            /// The body is longer than 1 MiB.
            BodyTooLarge "body_too_large" Caller 413 x "send less";
            /// The address is longer than 8 KiB.
            AddressTooLong "address_too_long" Caller 414 x "send it by POST /v1/recommend";
            /// The body has a content encoding.
            EncodingUnsupported "encoding_unsupported" Caller 415 x "send the body uncompressed";
            /// A text has more than 400 characters.
            TextTooLong "text_too_long" Caller 422 x "send the first words";
            /// The headers are longer than 16 KiB.
            HeadersTooLarge "headers_too_large" Caller 431 x "send less";
            /// The program has a bug.
            Internal "internal" Fault - x "report it, over HTTP with the request's id";
            /// More requests wait than the server takes.
            Busy "busy" NotReady - x "try again soon";
            /// The answer took longer than the server allows.
            DeadlineExceeded "deadline_exceeded" NotReady - x
                "ask for fewer results, likes or reasons, or try again later";
            /// No release could be loaded yet.
            ReleaseUnavailable "release_unavailable" NotReady - x "try again soon";
        }
        Command {
            /// The command line contradicts itself, or an option has a wrong value.
            UsageInvalid "usage_invalid" Caller x 2 "see `osusume help` and the subcommand";
            /// A recipe is not TOML, or has an unknown setting.
            RecipeInvalid "recipe_invalid" Caller x 2 "correct the line in the message";
            /// A setting is outside its range.
            SettingOutOfRange "setting_out_of_range" Caller x 2 "keep to the range in the message";
            /// Ratings cannot be targets of binary cross-entropy.
            RatingsAsTargets "ratings_as_targets" Caller x 2
                "set feedback to implicit, weighted or explicit";
            /// A model's name cannot be part of a file name.
            ModelName "model_name" Caller x 2 "use a to z, 0 to 9, _ and -";
            /// A release needs a model.
            NoModel "no_model" Caller x 2 "name at least one model";
            /// The address of a release cannot be read by this build.
            RemoteAddress "remote_address" Caller x 2 "use s3://bucket/prefix or https://host/path";
            /// There are no credentials for S3.
            RemoteCredentials "remote_credentials" Caller x 2
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
            /// The server of a release refuses.
            RemoteStatus "remote_status" Fault x - "check the address and who may read it";
            /// The server of a release redirects where it may not.
            RemoteRedirect "remote_redirect" Fault x - "name the address that it redirects to";
            /// The owner's key is none.
            PublicKeyInvalid "public_key_invalid" Caller x 2 "give the second line of the .pub file";
            /// A time is none.
            TimeInvalid "time_invalid" Caller x 2 "write it as 2026-01-31T12:00:00Z";
            /// The server of a release cannot be reached.
            RemoteUnreachable "remote_unreachable" NotReady x - "try again later";
            /// A signal ended the command.
            Interrupted "interrupted" NotReady x signal "run the same command again to resume";
            /// The system cannot read or write a file.
            Io "io" Caller x - "the message names the file and the reason";
            /// A table has no rows.
            TableEmpty "table_empty" Caller x - "give a header line and rows below it";
            /// A table lacks a column.
            ColumnMissing "column_missing" Caller x - "name the column by an option or a recipe";
            /// A row of a table cannot be read.
            RowBroken "row_broken" Caller x - "correct the line";
            /// A field is not a number.
            NumberInvalid "number_invalid" Caller x - "correct the line";
            /// An item occurs twice.
            IdDuplicate "id_duplicate" Caller x - "keep one of the two";
            /// An id is beyond 32 bits.
            IdOutOfRange "id_out_of_range" Caller x - "use the id as a text key";
            /// An id is not one that vectors can have.
            IdInvalid "id_invalid" Caller x - "name the catalogue of text ids by --catalogue";
            /// Nothing says which items the rows of vectors are.
            IdsMissing "ids_missing" Caller x - "give --ids or --id-column";
            /// A file of vectors cannot be read.
            VectorFile "vector_file" Caller x - "write the file again";
            /// A vector holds NaN or infinity.
            VectorNotFinite "vector_not_finite" Caller x - "train or encode again";
            /// A value is beyond f16.
            VectorRange "vector_range" Caller x - "scale the vectors down";
            /// The file to import is of no known format.
            ImportFormat "import_format" Caller x -
                "give .npy, .safetensors, .parquet, .csv or .tsv, and weights also as .npz";
            /// The file to import is damaged, or not what its name says.
            ImportBroken "import_broken" Caller x - "write the file again";
            /// Ids or values are of another type.
            DtypeUnsupported "dtype_unsupported" Caller x - "convert them to a type in the message";
            /// Rows, widths or counts do not fit together.
            ShapeInvalid "shape_invalid" Caller x - "write the file again";
            /// Too few users or items are left.
            TooFewInteractions "too_few_interactions" Caller x -
                "lower min_interactions, or bring more ratings";
            /// No user has two items.
            NothingToLearn "nothing_to_learn" Caller x - "bring users with two items or more";
            /// No row has a rating, and the recipe needs ratings.
            NoRatings "no_ratings" Caller x - "set feedback to implicit";
            /// The loss is not a number.
            LossNotFinite "loss_not_finite" Caller x - "lower learning_rate";
            /// Training cannot resume from a checkpoint.
            CheckpointInvalid "checkpoint_invalid" Caller x - "name another file, or remove it";
            /// Encoding cannot resume from a file.
            ResumeFile "resume_file" Caller x - "name another file, or remove it";
            /// A model folder lacks a file.
            EncoderMissingFile "encoder_missing_file" Caller x - "download the model again";
            /// A setting of a model folder cannot be read.
            EncoderConfig "encoder_config" Caller x - "download the model again";
            /// The model is of another architecture.
            EncoderNotBert "encoder_not_bert" Caller x - "take a model of type bert";
            /// The model has a part that is not computed here.
            EncoderUnsupported "encoder_unsupported" Caller x - "take another model";
            /// The model does not pool by the mean.
            EncoderPooling "encoder_pooling" Caller x - "take another model";
            /// The weights of the model are damaged.
            EncoderWeights "encoder_weights" Caller x - "download the model again";
            /// The weights lack a tensor.
            EncoderMissingTensor "encoder_missing_tensor" Caller x - "download the model again";
            /// A tensor has another shape.
            EncoderShape "encoder_shape" Caller x - "download the model again";
            /// The tokenizer does not work with the model.
            EncoderTokenizer "encoder_tokenizer" Caller x - "download the model again";
            /// The model gives no usable vector.
            EncoderNotFinite "encoder_not_finite" Caller x - "download the model again";
            /// Encoding failed, although the model was accepted.
            EncoderCompute "encoder_compute" Fault x - "report it";
            /// No text encoder can be distilled from the model.
            EncoderDistil "encoder_distil" Caller x - "take a model with a WordPiece tokenizer";
            /// No item has a text.
            EncoderNoTexts "encoder_no_texts" Caller x - "name the column by --column text=NAME";
            /// A model covers no item of the catalogue.
            NoItems "no_items" Caller x - "use the same ids in both";
            /// The text encoder has another width than its model.
            TextDims "text_dims" Caller x - "make both by one sentence transformer";
            /// The catalogue has too many different tags or types.
            CatalogueLimits "catalogue_limits" Caller x - "map another column, or none";
            /// The release has too few items for a map.
            MapTooFew "map_too_few" Caller x - "leave the map out";
            /// No model of the release has vectors, which a map needs.
            MapNoVectors "map_no_vectors" Caller x - "leave the map out";
            /// The threads for the map cannot be started.
            MapThreads "map_threads" NotReady x - "try again later";
            /// A thread failed in a way that it should not.
            WorkerPanicked "worker_panicked" Fault x - "report it";
        }
    }
}
