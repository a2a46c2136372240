package main

import (
	"context"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/scale"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/util/retry"
)

func lead(ctx context.Context, client kubernetes.Interface, who string, led func()) {
	lock := &resourcelock.LeaseLock{
		LeaseMeta:  metav1.ObjectMeta{Name: "leader", Namespace: namespace},
		Client:     client.CoordinationV1(),
		LockConfig: resourcelock.ResourceLockConfig{Identity: who},
	}
	leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{
		Lock: lock, ReleaseOnCancel: true, LeaseDuration: 15 * time.Second, RenewDeadline: 10 * time.Second,
		RetryPeriod: 200 * time.Millisecond,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(context.Context) { fmt.Println(who, "leads"); led() },
			OnStoppedLeading: func() { fmt.Println(who, "stops") },
		},
	})
}

// One leads, renews, and lets go; the other takes over. Then a write that comes too late.
func election(ctx context.Context, _ *rest.Config, client kubernetes.Interface) error {
	for _, who := range []string{"first", "second"} {
		leading, stop := context.WithCancel(ctx)
		lead(leading, client, who, func() { time.Sleep(time.Second); stop() })
	}
	leases := client.CoordinationV1().Leases(namespace)
	old, err := leases.Get(ctx, "leader", metav1.GetOptions{})
	if err != nil {
		return err
	}
	late := old.DeepCopy()
	set := func(lease *coordinationv1.Lease, holder string) error {
		lease.Spec.HolderIdentity = &holder
		_, err := leases.Update(ctx, lease, metav1.UpdateOptions{})
		return err
	}
	if err := set(old, "one"); err != nil {
		return err
	}
	err = set(late, "another")
	fmt.Println("too late:", errors.IsConflict(err), err)
	return nil
}

// Eviction, scale, dynamic and metadata-only.
func clients(ctx context.Context, config *rest.Config, client kubernetes.Interface) error {
	labels, replicas := map[string]string{"app": "web"}, int32(1)
	pod := corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "registry.example/web:1"}}}
	web := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: pod},
		},
	}
	if _, err := client.AppsV1().Deployments(namespace).Create(ctx, web, metav1.CreateOptions{}); err != nil {
		return err
	}

	groups, err := restmapper.GetAPIGroupResources(client.Discovery())
	if err != nil {
		return err
	}
	resolver := scale.NewDiscoveryScaleKindResolver(client.Discovery())
	mapper := restmapper.NewDiscoveryRESTMapper(groups)
	scales, err := scale.NewForConfig(config, mapper, dynamic.LegacyAPIPathResolverFunc, resolver)
	if err != nil {
		return err
	}
	deployments := schema.GroupResource{Group: "apps", Resource: "deployments"}
	err = retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		current, err := scales.Scales(namespace).Get(ctx, deployments, "web", metav1.GetOptions{})
		if err != nil {
			return err
		}
		current.Spec.Replicas = 2
		current, err = scales.Scales(namespace).Update(ctx, deployments, current, metav1.UpdateOptions{})
		return err
	})
	if err != nil {
		return err
	}

	for ctx.Err() == nil {
		pods, err := client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "app=web"})
		if err != nil {
			return err
		}
		if len(pods.Items) == 2 {
			eviction := &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: pods.Items[0].Name, Namespace: namespace}}
			fmt.Println("evicted:", client.PolicyV1().Evictions(namespace).Evict(ctx, eviction))
			break
		}
		time.Sleep(50 * time.Millisecond)
	}

	kinds := schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	anything, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	object, err := anything.Resource(kinds).Namespace(namespace).Get(ctx, "web", metav1.GetOptions{})
	if err != nil {
		return err
	}
	fmt.Println("dynamic:", object.GetKind(), object.GetName(), object.Object["spec"].(map[string]any)["replicas"])

	only, err := metadata.NewForConfig(config)
	if err != nil {
		return err
	}
	heads, err := only.Resource(kinds).Namespace(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	fmt.Println("metadata:", heads.GroupVersionKind(), len(heads.Items), heads.Items[0].Name, heads.Items[0].Labels)
	return nil
}

func list(ctx context.Context, _ *rest.Config, client kubernetes.Interface) error {
	pods, err := client.CoreV1().Pods("listed").List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	fmt.Println("listed", len(pods.Items))
	return nil
}
