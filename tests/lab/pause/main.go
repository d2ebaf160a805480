// The one static program inside docker.io/lab/pause:1. Without arguments it holds a pod's namespaces open and
// reaps orphans, as Kubernetes' own pause does; it is also the first process of every host of the lab.
// With arguments it is the little that the self test does from within pods.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) < 3 {
		pause()
	}
	var err error
	switch argument := os.Args[2]; os.Args[1] {
	case "serve": // ADDRESS: tells whoever connects the name of this host
		err = serve(argument)
	case "ask": // ADDRESS: prints what `serve` says there
		err = ask(argument)
	case "resolve": // NAME: prints its addresses
		var addresses []string
		addresses, err = net.LookupHost(argument)
		fmt.Println(strings.Join(addresses, " "))
	case "read": // FILE
		var content []byte
		content, err = os.ReadFile(argument)
		os.Stdout.Write(content)
	case "write": // FILE TEXT
		err = os.WriteFile(argument, []byte(os.Args[3]), 0o644)
	default: // one argument that is no verb: the label that `lab` gives the hosts it starts
		pause()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func pause() {
	stop, child := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	signal.Notify(child, syscall.SIGCHLD)
	for {
		for pid := 1; pid > 0; {
			pid, _ = syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		}
		select {
		case <-stop:
			os.Exit(0)
		case <-child:
		}
	}
}

func serve(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	go pause() // this is the container's first process: SIGTERM must end it
	name, _ := os.Hostname()
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		fmt.Fprintln(connection, name)
		connection.Close()
	}
}

func ask(address string) error {
	connection, err := net.DialTimeout("tcp", address, 2*time.Second)
	if err != nil {
		return err
	}
	connection.SetDeadline(time.Now().Add(2 * time.Second))
	_, err = io.Copy(os.Stdout, connection)
	return err
}
