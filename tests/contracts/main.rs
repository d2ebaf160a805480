//! What the API server itself holds: the custom resources' schemas and rules, and who may do what.
