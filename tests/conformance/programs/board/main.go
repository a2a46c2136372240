// What kore-board's backend does for a list below /raw, for tests/bench: a dynamic client of its own for each request, all
// of the answer taken apart into maps, and encoded again. The original is in no module that can be fetched.
package main

import (
	"encoding/json"
	"flag"
	"log"
	"net/http"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"
)

func list(kubeconfig string, r *http.Request) ([]byte, error) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/raw/clusters/board/api/"), "/")
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	kind := schema.GroupVersionResource{Version: parts[0], Resource: parts[len(parts)-1]}
	found, err := client.Resource(kind).List(r.Context(), metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	return json.Marshal(found)
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "")
	address := flag.String("address", "", "")
	flag.Parse()
	http.HandleFunc("/raw/clusters/board/api/", func(w http.ResponseWriter, r *http.Request) {
		body, err := list(*kubeconfig, r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Write(body)
	})
	log.Fatal(http.ListenAndServe(*address, nil))
}
