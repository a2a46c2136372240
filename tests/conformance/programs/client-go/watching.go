package main

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// The store of an informer of pods once the pod "end" has come, when it is what a list says; somebody else cuts the
// connections meanwhile. What the handlers were told, one event after the other, has to lead to the same.
func informer(ctx context.Context, _ *rest.Config, client kubernetes.Interface) error {
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(namespace))
	pods := factory.Core().V1().Pods()
	heard := told{versions: map[string]string{}}
	if _, err := pods.Informer().AddEventHandler(&heard); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	lister := pods.Lister().Pods(namespace)
	for ctx.Err() == nil {
		time.Sleep(100 * time.Millisecond)
		if _, err := lister.Get("end"); err != nil {
			continue
		}
		listed, err := client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		stored := versions(pods.Informer().GetStore().List())
		if !maps.Equal(stored, listedVersions(listed.Items)) || !maps.Equal(stored, heard.copy()) {
			continue // the last of it is still on its way
		}
		var lines []string
		for _, pod := range listed.Items {
			lines = append(lines, pod.Name+"="+pod.Labels["value"])
		}
		printSorted("store", lines)
		return nil
	}
	return ctx.Err()
}

// What an informer's handlers were told: the version of each object that is there.
type told struct {
	lock     sync.Mutex
	versions map[string]string
}

func (t *told) set(object any) {
	t.lock.Lock()
	defer t.lock.Unlock()
	pod := object.(*corev1.Pod)
	t.versions[pod.Name] = pod.ResourceVersion
}

func (t *told) copy() map[string]string {
	t.lock.Lock()
	defer t.lock.Unlock()
	return maps.Clone(t.versions)
}

func (t *told) OnAdd(object any, _ bool) {
	t.set(object)
	if object.(*corev1.Pod).Name == "begin" {
		fmt.Println("watching")
	}
}

func (t *told) OnUpdate(_, object any) { t.set(object) }

func (t *told) OnDelete(object any) {
	t.lock.Lock()
	defer t.lock.Unlock()
	if unseen, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = unseen.Obj // it went while nobody watched
	}
	delete(t.versions, object.(*corev1.Pod).Name)
}

func versions(objects []any) map[string]string {
	found := map[string]string{}
	for _, object := range objects {
		pod := object.(*corev1.Pod)
		found[pod.Name] = pod.ResourceVersion
	}
	return found
}

func listedVersions(pods []corev1.Pod) map[string]string {
	found := map[string]string{}
	for _, pod := range pods {
		found[pod.Name] = pod.ResourceVersion
	}
	return found
}

// A watch that begins with what is there, up to the bookmark that says that this was all, and goes on with what comes.
// Then one with ordinary bookmarks, which come shortly before its end if anything happened meanwhile.
func bookmarks(ctx context.Context, _ *rest.Config, client kubernetes.Interface) error {
	if err := initialEvents(ctx, client); err != nil {
		return err
	}
	seconds := int64(6)
	maps := client.CoreV1().ConfigMaps(namespace)
	options := metav1.ListOptions{AllowWatchBookmarks: true, TimeoutSeconds: &seconds}
	options.FieldSelector = "metadata.name=map-3"
	watcher, err := maps.Watch(ctx, options)
	if err != nil {
		return err
	}
	defer watcher.Stop()
	go func() {
		for n := 0; ctx.Err() == nil; n++ {
			item := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("map-%d", n)}}
			_, _ = maps.Create(ctx, item, metav1.CreateOptions{})
			time.Sleep(200 * time.Millisecond)
		}
	}()
	bookmarked := false // one or two of them, by the moment
	for event := range watcher.ResultChan() {
		if event.Type == watch.Bookmark {
			bookmarked = true
			continue
		}
		fmt.Println(event.Type, event.Object.(*corev1.ConfigMap).Name)
	}
	fmt.Println("bookmarked:", bookmarked)
	return nil
}

func initialEvents(ctx context.Context, client kubernetes.Interface) error {
	maps := client.CoreV1().ConfigMaps(namespace)
	create := func(name string) error {
		head := metav1.ObjectMeta{Name: name, Labels: map[string]string{"kind": "initial"}}
		_, err := maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: head}, metav1.CreateOptions{})
		return err
	}
	for _, name := range []string{"first", "second", "third"} {
		if err := create(name); err != nil {
			return err
		}
	}
	yes := true
	watcher, err := maps.Watch(ctx, metav1.ListOptions{
		AllowWatchBookmarks: true, SendInitialEvents: &yes, LabelSelector: "kind=initial",
		ResourceVersionMatch: metav1.ResourceVersionMatchNotOlderThan,
	})
	if err != nil {
		return err
	}
	defer watcher.Stop()
	var initial []string
	for event := range watcher.ResultChan() {
		item, ok := event.Object.(*corev1.ConfigMap)
		if !ok {
			return fmt.Errorf("%s instead of an event: %v", event.Type, event.Object)
		}
		if event.Type != watch.Bookmark {
			initial = append(initial, string(event.Type)+"/"+item.Name)
			continue
		}
		fmt.Println("that was all:", item.Annotations[metav1.InitialEventsAnnotationKey])
		break
	}
	printSorted("initial events", initial)
	if err := create("later"); err != nil {
		return err
	}
	for event := range watcher.ResultChan() {
		if event.Type != watch.Bookmark {
			fmt.Println("then:", event.Type, event.Object.(*corev1.ConfigMap).Name)
			return nil
		}
	}
	return fmt.Errorf("the watch ended before what came later")
}

func protobuf(ctx context.Context, _ *rest.Config, client kubernetes.Interface) error {
	pods, err := client.CoreV1().Pods("payments").List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	var lines []string
	for _, pod := range pods.Items {
		lines = append(lines, pod.Name+"@"+pod.Spec.NodeName)
	}
	printSorted("listed", lines)
	maps := client.CoreV1().ConfigMaps(namespace)
	watcher, err := maps.Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=one"})
	if err != nil {
		return err
	}
	defer watcher.Stop()
	one := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "one"}, BinaryData: map[string][]byte{"a": {0, 255}}}
	if _, err := maps.Create(ctx, one, metav1.CreateOptions{}); err != nil {
		return err
	}
	event := <-watcher.ResultChan()
	fmt.Println("watched:", event.Type, event.Object.(*corev1.ConfigMap).BinaryData)
	return maps.Delete(ctx, "one", metav1.DeleteOptions{})
}

// Thirty watches at once, each of an object of its own: on one connection where the server speaks HTTP/2, else on one
// for each.
func watches(ctx context.Context, config *rest.Config, _ kubernetes.Interface) error {
	const count = 30
	var connections atomic.Int32
	var protocol atomic.Value
	config = rest.CopyConfig(config)
	config.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		connections.Add(1)
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(request *http.Request) (*http.Response, error) {
			reply, err := next.RoundTrip(request)
			if err == nil {
				protocol.Store(reply.Proto)
			}
			return reply, err
		})
	})
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	maps := client.CoreV1().ConfigMaps(namespace)
	seen := make([]string, count)
	var waiting sync.WaitGroup
	for n := range count {
		name := fmt.Sprintf("map-%02d", n)
		watcher, err := maps.Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + name})
		if err != nil {
			return err
		}
		waiting.Add(1)
		go func() {
			defer waiting.Done()
			defer watcher.Stop()
			event := <-watcher.ResultChan()
			if item, ok := event.Object.(*corev1.ConfigMap); ok {
				seen[n] = string(event.Type) + "/" + item.Name
			}
		}()
	}
	for n := range count {
		item := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("map-%02d", n)}}
		if _, err := maps.Create(ctx, item, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	waiting.Wait()
	printSorted("seen", seen)
	needed := int32(1)
	if protocol.Load() != "HTTP/2.0" {
		needed = count + 1
	}
	fmt.Println("as many connections as its HTTP needs:", connections.Load() == needed)
	return nil
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }
