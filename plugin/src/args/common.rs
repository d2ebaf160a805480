//! Flags that every verb takes: which contexts, how to reach them, how to print.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};

use super::value::{duration, namespace, request_time, url};
use crate::{
    output::jsonpath::Template,
    secret::Secret,
    target::{Labels, Target, Where, contexts::Wanted},
};

/// Flags of every verb.
#[derive(Args, Clone, Debug)]
pub struct Common {
    /// Contexts: name, short name, comma list or glob [none: the current]
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
    /// Contexts by their labels: env=prod,region!=us
    #[arg(long, global = true, value_name = "LABELS", help_heading = "Targets")]
    pub context_selector: Option<Labels>,
    /// Contexts of a fleet; may be repeated
    #[arg(long, global = true, value_name = "NAME", help_heading = "Targets")]
    pub fleet: Vec<String>,
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
    /// Clusters by what is shown of them: version=15,health!=Healthy
    #[arg(
        long = "where",
        global = true,
        value_name = "TERMS",
        help_heading = "Targets"
    )]
    pub filter: Option<Where>,
    /// The target that was picked from a list.
    #[arg(skip)]
    pub picked: Option<Target>,
    /// The context that was picked from a list, in place of a current one.
    #[arg(skip)]
    pub current: Option<String>,

    /// table, wide, json, yaml, name or jsonpath=TEMPLATE
    #[arg(
        short,
        long,
        global = true,
        value_name = "FORM",
        default_value = "table",
        help_heading = "Output"
    )]
    pub output: Output,
    /// Tables without their first line
    #[arg(long, global = true, help_heading = "Output")]
    pub no_headers: bool,
    /// Column of the table to sort by, largest last
    #[arg(long, global = true, value_name = "COLUMN", help_heading = "Output")]
    pub sort_by: Option<String>,
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
    /// Times in the zone of this terminal [none: UTC]
    #[arg(long, global = true, help_heading = "Output")]
    pub local: bool,
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
    #[arg(long, global = true, value_parser = request_time, default_value = "15s", value_name = "DURATION", help_heading = "Connect")]
    pub request_timeout: Duration,
    /// User of the kubeconfig [none: that of each context]
    #[arg(long, global = true, value_name = "NAME", help_heading = "Connect")]
    pub user: Option<String>,
    /// Cluster of the kubeconfig [none: that of each context]
    #[arg(long, global = true, value_name = "NAME", help_heading = "Connect")]
    pub cluster: Option<String>,
    /// API server; for one context
    #[arg(short, long, global = true, value_name = "URL", value_parser = url, help_heading = "Connect")]
    pub server: Option<String>,
    /// Bearer token in place of the user's login; for one context
    #[arg(long, global = true, value_name = "TOKEN", help_heading = "Connect")]
    pub token: Option<Secret>,
    /// Certificate in place of the user's login; for one context
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        requires = "client_key",
        help_heading = "Connect"
    )]
    pub client_certificate: Option<PathBuf>,
    /// Its key
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        requires = "client_certificate",
        help_heading = "Connect"
    )]
    pub client_key: Option<PathBuf>,
    /// Contexts that do not answer leave the exit code of a read alone
    #[arg(long, global = true, help_heading = "Connect")]
    pub allow_unreachable: bool,
}

impl Common {
    /// What the flags say about contexts.
    pub fn wanted(&self) -> Wanted<'_> {
        Wanted {
            include: &self.context,
            exclude: &self.not_context,
            all: self.all_contexts,
            fleets: &self.fleet,
            labels: self.context_selector.as_ref(),
        }
    }

    /// A flag that says how to reach one context, and may reach no second one: a token is shown to
    /// nobody else.
    pub fn of_one_context(&self) -> Option<&'static str> {
        [
            (self.server.is_some(), "--server"),
            (self.token.is_some(), "--token"),
            (self.client_certificate.is_some(), "--client-certificate"),
        ]
        .into_iter()
        .find_map(|(given, flag)| given.then_some(flag))
    }
}

/// Forms of output.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
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
    /// Parts of the document, by a template.
    JsonPath,
}

/// The forms as they are written; the last one goes on.
pub const FORMS: [&str; 6] = ["table", "wide", "json", "yaml", "name", "jsonpath="];

/// `-o`: a form, and the template that one of them needs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Output {
    /// The form.
    pub format: Format,
    /// Of [`Format::JsonPath`].
    pub template: Option<Template>,
}

impl std::str::FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(template) = text.strip_prefix("jsonpath=") {
            return Ok(Self {
                format: Format::JsonPath,
                template: Some(template.parse()?),
            });
        }
        let format = match text {
            "table" => Format::Table,
            "wide" => Format::Wide,
            "json" => Format::Json,
            "yaml" => Format::Yaml,
            "name" => Format::Name,
            _ => {
                return Err(format!(
                    "{text:?} is none of table, wide, json, yaml, name, jsonpath=TEMPLATE"
                ));
            }
        };
        Ok(Self {
            format,
            template: None,
        })
    }
}

impl Format {
    /// Whether it is one document for programs.
    pub fn is_document(self) -> bool {
        matches!(self, Self::Json | Self::Yaml | Self::JsonPath)
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
