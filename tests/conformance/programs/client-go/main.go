// What programs written with client-go do: each subcommand prints what it saw, which must not depend on the way to the
// cluster (KUBECONFIG). The namespace is that of NS.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

var commands = map[string]func(context.Context, *rest.Config, kubernetes.Interface) error{
	"informer":  informer,
	"bookmarks": bookmarks,
	"protobuf":  protobuf,
	"election":  election,
	"clients":   clients,
	"list":      list,
	"watches":   watches,
}

var namespace = os.Getenv("NS")

func run() error {
	if len(os.Args) != 2 || commands[os.Args[1]] == nil {
		return fmt.Errorf("usage: client-go COMMAND")
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 200, 400
	klog.LogToStderr(false) // what it tells depends on the moment
	klog.SetOutput(io.Discard)
	if os.Args[1] == "protobuf" {
		config.ContentType = "application/vnd.kubernetes.protobuf"
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	limit := time.Minute
	if os.Args[1] == "informer" {
		limit = 15 * time.Minute
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	return commands[os.Args[1]](ctx, config, client)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func printSorted(title string, lines []string) {
	sort.Strings(lines)
	fmt.Printf("%s: %s\n", title, strings.Join(lines, " "))
}
