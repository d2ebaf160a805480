// Zalando's operator, for tests that take its clusters over and give them back. Nothing of it is copied here: go.mod names the
// release, `tests/lab/images zalando` builds it, and its example manifests are read where Go keeps the module.
package zalando
