//! CPU and memory of the containers (zalando.md §3.16).

use std::collections::BTreeMap;

use pg_core::{
    configuration::Configuration,
    difference::differences,
    postgresql::{ResourceAmounts, Resources},
};
use serde_json::{Value, json};

use super::{
    super::{Error, Inputs, Quantity},
    given,
};

/// Whose resources they are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Owner {
    /// The container with PostgreSQL: the configuration's minimum and maximum hold for it.
    Postgres,
    /// Any other.
    Sidecar,
}

/// Amounts by name, each as it was written.
type Amounts = BTreeMap<&'static str, String>;

const CPU: &str = "cpu";
const MEMORY: &str = "memory";

/// Requests and limits of a container. What the manifest leaves open is the configuration's
/// default; then limits rise to their minimum and to the requests, requests of memory to the limit
/// where that is asked for, and last requests are cut to their maximum.
pub(super) fn requirements(
    inputs: &Inputs,
    manifest: Option<&Resources>,
    owner: Owner,
    field: &str,
) -> Result<Value, Error> {
    let configuration = inputs.configuration;
    let requests = manifest.and_then(|resources| resources.requests.as_ref());
    let limits = manifest.and_then(|resources| resources.limits.as_ref());
    let defaults = [
        ("default_cpu_request", &configuration.default_cpu_request),
        (
            "default_memory_request",
            &configuration.default_memory_request,
        ),
        ("default_cpu_limit", &configuration.default_cpu_limit),
        ("default_memory_limit", &configuration.default_memory_limit),
    ];
    let [cpu_request, memory_request, cpu_limit, memory_limit] = defaults;
    let mut requests = fill(
        requests,
        [cpu_request, memory_request],
        &format!("{field}.requests"),
    )?;
    let mut limits = fill(
        limits,
        [cpu_limit, memory_limit],
        &format!("{field}.limits"),
    )?;
    let bounded = owner == Owner::Postgres && !exempt(inputs);
    bound(configuration, bounded, &mut requests, &mut limits)?;

    let mut requirements = json!({});
    for (key, amounts) in [("requests", requests), ("limits", limits)] {
        if !amounts.is_empty() {
            requirements[key] = json!(amounts);
        }
    }
    Ok(requirements)
}

/// Where the configuration's minimum and maximum make the container `postgres` have other amounts
/// than it would have without them: each with what it is instead.
pub fn out_of_bounds(inputs: &Inputs) -> Vec<String> {
    let made = |owner| {
        let manifest = inputs.spec().resources.as_ref();
        requirements(inputs, manifest, owner, "resources")
    };
    // Nothing bounds the others. What cannot be read is told elsewhere.
    let (Ok(free), Ok(bounded)) = (made(Owner::Sidecar), made(Owner::Postgres)) else {
        return Vec::new();
    };
    let changes = differences(&free, &bounded).into_iter();
    changes
        .map(|(path, was, is)| match was.as_str() {
            Some(was) => format!("{path} is {} instead of {was}", text(&is)),
            None => format!("{path} is {}", text(&is)),
        })
        .collect()
}

fn text(amount: &Value) -> &str {
    amount.as_str().unwrap_or("open")
}

/// Limits rise to their minimum and to the requests, requests of memory to the limit where that is
/// asked for, and last requests are cut to their maximum.
fn bound(
    configuration: &Configuration,
    bounded: bool,
    requests: &mut Amounts,
    limits: &mut Amounts,
) -> Result<(), Error> {
    if bounded {
        for (name, parameter, minimum) in [
            (CPU, "min_cpu_limit", &configuration.min_cpu_limit),
            (MEMORY, "min_memory_limit", &configuration.min_memory_limit),
        ] {
            if let Some(minimum) = of_parameter(parameter, minimum)?
                && amount(limits, name) < minimum.0
            {
                limits.insert(name, minimum.1);
            }
        }
    }
    for name in [CPU, MEMORY] {
        if let (Some(request), true) = (requests.get(name), limits.contains_key(name))
            && amount(limits, name) < amount(requests, name)
        {
            limits.insert(name, request.clone());
        }
    }
    if configuration.set_memory_request_to_limit
        && let Some(limit) = limits.get(MEMORY)
        && amount(requests, MEMORY) < amount(limits, MEMORY)
    {
        requests.insert(MEMORY, limit.clone());
    }
    if bounded {
        for (name, parameter, maximum) in [
            (CPU, "max_cpu_request", &configuration.max_cpu_request),
            (
                MEMORY,
                "max_memory_request",
                &configuration.max_memory_request,
            ),
        ] {
            if let Some(maximum) = of_parameter(parameter, maximum)?
                && amount(requests, name) > maximum.0
            {
                requests.insert(name, maximum.1);
            }
        }
    }
    Ok(())
}

/// Whether the manifest's annotation sets the configuration's limits aside.
fn exempt(inputs: &Inputs) -> bool {
    let key = &inputs.configuration.ignore_resources_limits_annotation_key;
    inputs.manifest_annotation(key) == Some("true")
}

/// Words that Zalando's operator takes for an amount that is not given.
fn is_none(text: &str) -> bool {
    matches!(text, "" | "0" | "null")
}

fn fill(
    manifest: Option<&ResourceAmounts>,
    defaults: [(&str, &String); 2],
    field: &str,
) -> Result<Amounts, Error> {
    let none = ResourceAmounts::default();
    let manifest = manifest.unwrap_or(&none);
    let mut amounts = Amounts::new();
    let [cpu, memory] = defaults;
    for (name, text, (parameter, default)) in [
        (CPU, &manifest.cpu, cpu),
        (MEMORY, &manifest.memory, memory),
    ] {
        if let Some(text) = text.as_deref().filter(|text| !is_none(text)) {
            amounts.insert(name, of_manifest(text, || format!("{field}.{name}"))?);
        } else if let Some((_, text)) = of_parameter(parameter, default)? {
            amounts.insert(name, text);
        }
    }
    for (name, text) in [
        ("hugepages-2Mi", &manifest.hugepages_2mi),
        ("hugepages-1Gi", &manifest.hugepages_1gi),
    ] {
        if let Some(text) = given(text.as_deref()) {
            amounts.insert(name, of_manifest(text, || format!("{field}.{name}"))?);
        }
    }
    Ok(amounts)
}

fn of_manifest(text: &str, field: impl Fn() -> String) -> Result<String, Error> {
    match Quantity::parse(text) {
        Some(amount) if amount >= Quantity::ZERO => Ok(text.to_owned()),
        _ => Err(Error::manifest(
            field(),
            format!("{text:?} is not an amount"),
        )),
    }
}

fn of_parameter(parameter: &str, text: &str) -> Result<Option<(Quantity, String)>, Error> {
    if is_none(text) {
        return Ok(None);
    }
    match Quantity::parse(text) {
        Some(amount) if amount >= Quantity::ZERO => Ok(Some((amount, text.to_owned()))),
        _ => Err(Error::configuration(
            parameter,
            format!("{text:?} is not an amount"),
        )),
    }
}

/// An amount to compare; one that is not there is nothing.
fn amount(amounts: &Amounts, name: &str) -> Quantity {
    amounts
        .get(name)
        .and_then(|text| Quantity::parse(text))
        .unwrap_or(Quantity::ZERO)
}
