package main

import (
	"fmt"
	"os"

	"github.com/coredns/caddy"
	_ "github.com/coredns/coredns/core/dnsserver"
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/loadbalance"
)

// serveDNS is CoreDNS with the few plugins a cluster's own names need: `labkube coredns COREFILE`.
// Names outside the cluster get no answer, as nothing in the lab has a way out.
func serveDNS(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: labkube coredns COREFILE")
	}
	corefile, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	caddy.Quiet = true
	caddy.TrapSignals()
	server, err := caddy.Start(caddy.CaddyfileInput{Contents: corefile, Filepath: args[0], ServerTypeName: "dns"})
	if err != nil {
		return err
	}
	server.Wait()
	return nil
}
