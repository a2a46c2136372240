package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// The store of an informer once the object "end" has come; somebody else cuts the connections meanwhile.
func informer(ctx context.Context, _ *rest.Config, client kubernetes.Interface) error {
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(namespace))
	maps := factory.Core().V1().ConfigMaps()
	handler := cache.ResourceEventHandlerFuncs{AddFunc: func(object any) {
		if object.(*corev1.ConfigMap).Name == "begin" {
			fmt.Println("watching")
		}
	}}
	if _, err := maps.Informer().AddEventHandler(handler); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	lister := maps.Lister().ConfigMaps(namespace)
	for ctx.Err() == nil {
		if _, err := lister.Get("end"); err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	var lines []string
	for _, object := range maps.Informer().GetStore().List() {
		item := object.(*corev1.ConfigMap)
		lines = append(lines, item.Name+"="+item.Data["value"])
	}
	printSorted("store", lines)
	return ctx.Err()
}

// A watch that would begin with what is there, up to the bookmark that says that this was all: API servers refuse it by
// default. Then one with ordinary bookmarks, which come shortly before its end if anything happened meanwhile.
func bookmarks(ctx context.Context, _ *rest.Config, client kubernetes.Interface) error {
	yes, seconds := true, int64(6)
	options := metav1.ListOptions{AllowWatchBookmarks: true, TimeoutSeconds: &seconds}
	initial := options
	initial.SendInitialEvents = &yes
	initial.ResourceVersionMatch = metav1.ResourceVersionMatchNotOlderThan
	_, err := client.CoreV1().Pods("payments").Watch(ctx, initial)
	fmt.Println("initial events:", err)

	maps := client.CoreV1().ConfigMaps(namespace)
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

// Thirty watches at once, each of an object of its own.
func watches(ctx context.Context, _ *rest.Config, client kubernetes.Interface) error {
	const count = 30
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
	return nil
}
