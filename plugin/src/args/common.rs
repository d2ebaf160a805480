//! Flags that every verb takes: which contexts, how to reach them, how to print.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};

use super::value::{duration, namespace};

/// Flags of every verb.
#[derive(Args, Clone, Debug)]
pub struct Common {
    /// Contexts: a name, a short name, a comma list or a glob; may be repeated [none: the current]
    #[arg(
        long,
        global = true,
        value_name = "NAME,GLOB",
        help_heading = "Targets"
    )]
    pub context: Vec<String>,
    /// Contexts to leave out, in the same form
    #[arg(
        long,
        global = true,
        value_name = "NAME,GLOB",
        help_heading = "Targets"
    )]
    pub not_context: Vec<String>,
    /// All contexts of the kubeconfig
    #[arg(long, global = true, help_heading = "Targets")]
    pub all_contexts: bool,
    /// Namespace [none: that of each context]
    #[arg(short, long, global = true, value_parser = namespace, help_heading = "Targets")]
    pub namespace: Option<String>,
    /// All namespaces
    #[arg(
        short = 'A',
        long,
        global = true,
        conflicts_with = "namespace",
        help_heading = "Targets"
    )]
    pub all_namespaces: bool,
    /// Labels of Postgres clusters
    #[arg(
        short = 'l',
        long,
        global = true,
        value_name = "LABELS",
        help_heading = "Targets"
    )]
    pub selector: Option<String>,

    /// Form of the output
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        default_value = "table",
        help_heading = "Output"
    )]
    pub output: Format,
    /// Tables without their first line
    #[arg(long, global = true, help_heading = "Output")]
    pub no_headers: bool,
    /// Colours
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "auto",
        value_name = "WHEN",
        help_heading = "Output"
    )]
    pub color: Color,
    /// No moving progress
    #[arg(long, global = true, help_heading = "Output")]
    pub no_progress: bool,
    /// Errors and data only
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "verbose",
        help_heading = "Output"
    )]
    pub quiet: bool,
    /// More of everything
    #[arg(short, long, global = true, help_heading = "Output")]
    pub verbose: bool,

    /// Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Connect")]
    pub kubeconfig: Option<PathBuf>,
    /// User to act as
    #[arg(
        long = "as",
        global = true,
        value_name = "USER",
        help_heading = "Connect"
    )]
    pub act_as: Option<String>,
    /// Group to act as; may be repeated
    #[arg(
        long,
        global = true,
        value_name = "GROUP",
        requires = "act_as",
        help_heading = "Connect"
    )]
    pub as_group: Vec<String>,
    /// Uid to act as
    #[arg(
        long,
        global = true,
        value_name = "UID",
        requires = "act_as",
        help_heading = "Connect"
    )]
    pub as_uid: Option<String>,
    /// Longest time until a context is connected
    #[arg(long, global = true, value_parser = duration, default_value = "2s", value_name = "DURATION", help_heading = "Connect")]
    pub connect_timeout: Duration,
    /// Longest time of one request
    #[arg(long, global = true, value_parser = duration, default_value = "15s", value_name = "DURATION", help_heading = "Connect")]
    pub request_timeout: Duration,
    /// Contexts that do not answer do not spoil the exit code of a read
    #[arg(long, global = true, help_heading = "Connect")]
    pub allow_unreachable: bool,
}

/// Forms of output.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Format {
    /// For people.
    Table,
    /// For people with room.
    Wide,
    /// One JSON document.
    Json,
    /// The same document as YAML.
    Yaml,
    /// Targets, one a line.
    Name,
}

impl Format {
    /// Whether it is one document for programs.
    pub fn is_document(self) -> bool {
        matches!(self, Self::Json | Self::Yaml)
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}
