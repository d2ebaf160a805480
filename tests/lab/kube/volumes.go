package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	listers "k8s.io/client-go/listers/core/v1"
	storage "k8s.io/client-go/listers/storage/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

const (
	provisioner   = "lab.pgfleet.io/local-disk" // the StorageClass names it
	provisionedBy = "pv.kubernetes.io/provisioned-by"
	selectedNode  = "volume.kubernetes.io/selected-node" // the scheduler's choice, under WaitForFirstConsumer
)

// volumes plays the disks of the nodes: a directory per volume in the folder of one node, where the volume
// stays for life. It makes them, grows them and deletes them. Their size is a number that nobody enforces.
type volumes struct {
	client  kubernetes.Interface
	nodes   string // the folder that holds a folder per node
	claims  listers.PersistentVolumeClaimLister
	volumes listers.PersistentVolumeLister
	classes storage.StorageClassLister
}

// serveVolumes is `labkube volumes --kubeconfig FILE --nodes DIRECTORY`.
func serveVolumes(args []string) error {
	flags := flag.NewFlagSet("volumes", flag.ContinueOnError)
	kubeconfig := flags.String("kubeconfig", "", "how to reach the cluster")
	nodes := flags.String("nodes", "", "folder with one folder per node")
	if err := flags.Parse(args); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}

	ctx := context.Background()
	factory := informers.NewSharedInformerFactory(client, 0)
	v := &volumes{
		client:  client,
		nodes:   *nodes,
		claims:  factory.Core().V1().PersistentVolumeClaims().Lister(),
		volumes: factory.Core().V1().PersistentVolumes().Lister(),
		classes: factory.Storage().V1().StorageClasses().Lister(),
	}
	// Whatever changed, all is looked at again: a lab has a few dozen volumes.
	changed := make(chan struct{}, 1)
	wake := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	onEvent := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { wake() },
		UpdateFunc: func(any, any) { wake() },
		DeleteFunc: func(any) { wake() },
	}
	for _, informer := range []cache.SharedIndexInformer{
		factory.Core().V1().PersistentVolumeClaims().Informer(),
		factory.Core().V1().PersistentVolumes().Informer(),
		factory.Storage().V1().StorageClasses().Informer(),
	} {
		if _, err := informer.AddEventHandler(onEvent); err != nil {
			return err
		}
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	retry := time.NewTicker(2 * time.Second) // what failed, usually a conflict, is tried again
	for {
		v.reconcile(ctx)
		select {
		case <-changed:
		case <-retry.C:
		}
	}
}

func (v *volumes) reconcile(ctx context.Context) {
	claims, _ := v.claims.List(labels.Everything())
	for _, claim := range claims {
		var err error
		if claim.Spec.VolumeName == "" {
			err = v.provision(ctx, claim)
		} else {
			err = v.grow(ctx, claim)
		}
		if err != nil {
			klog.Errorf("claim %s/%s: %v", claim.Namespace, claim.Name, err)
		}
	}
	all, _ := v.volumes.List(labels.Everything())
	for _, volume := range all {
		if err := v.reclaim(ctx, volume); err != nil {
			klog.Errorf("volume %s: %v", volume.Name, err)
		}
	}
}

func (v *volumes) provision(ctx context.Context, claim *core.PersistentVolumeClaim) error {
	node := claim.Annotations[selectedNode]
	if node == "" || claim.DeletionTimestamp != nil || claim.Spec.StorageClassName == nil {
		return nil
	}
	class, err := v.classes.Get(*claim.Spec.StorageClassName)
	if err != nil || class.Provisioner != provisioner {
		return nil
	}
	name := "pvc-" + string(claim.UID)
	if _, err := v.volumes.Get(name); err == nil {
		return nil // made, not bound yet
	}
	if _, err := os.Stat(filepath.Join(v.nodes, node)); err != nil {
		return fmt.Errorf("no such node: %w", err)
	}
	path := filepath.Join(v.nodes, node, "volumes", name)
	// root's alone, as a newly formatted disk is: who runs as another user needs fsGroup, here as elsewhere
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	volume := &core.PersistentVolume{
		ObjectMeta: meta.ObjectMeta{Name: name, Annotations: map[string]string{provisionedBy: provisioner}},
		Spec: core.PersistentVolumeSpec{
			Capacity:                      core.ResourceList{core.ResourceStorage: claim.Spec.Resources.Requests[core.ResourceStorage]},
			AccessModes:                   claim.Spec.AccessModes,
			StorageClassName:              class.Name,
			PersistentVolumeReclaimPolicy: *class.ReclaimPolicy,
			ClaimRef: &core.ObjectReference{
				APIVersion: "v1", Kind: "PersistentVolumeClaim", Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID,
			},
			PersistentVolumeSource: core.PersistentVolumeSource{Local: &core.LocalVolumeSource{Path: path}},
			NodeAffinity: &core.VolumeNodeAffinity{Required: &core.NodeSelector{NodeSelectorTerms: []core.NodeSelectorTerm{{
				MatchExpressions: []core.NodeSelectorRequirement{{
					Key: core.LabelHostname, Operator: core.NodeSelectorOpIn, Values: []string{node},
				}},
			}}}},
		},
	}
	_, err = v.client.CoreV1().PersistentVolumes().Create(ctx, volume, meta.CreateOptions{})
	if errors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// grow gives a bound claim what it asks for: first the volume, then the claim's status, as external resizers do.
func (v *volumes) grow(ctx context.Context, claim *core.PersistentVolumeClaim) error {
	volume, err := v.volumes.Get(claim.Spec.VolumeName)
	if err != nil || volume.Annotations[provisionedBy] != provisioner || claim.Status.Phase != core.ClaimBound {
		return nil
	}
	wanted := claim.Spec.Resources.Requests[core.ResourceStorage]
	if has := volume.Spec.Capacity[core.ResourceStorage]; has.Cmp(wanted) < 0 {
		volume = volume.DeepCopy()
		volume.Spec.Capacity[core.ResourceStorage] = wanted
		if _, err := v.client.CoreV1().PersistentVolumes().Update(ctx, volume, meta.UpdateOptions{}); err != nil {
			return err
		}
	}
	if has := claim.Status.Capacity[core.ResourceStorage]; has.Cmp(wanted) < 0 {
		claim = claim.DeepCopy()
		claim.Status.Capacity[core.ResourceStorage] = wanted
		claim.Status.Conditions = nil // no longer Resizing
		_, err = v.client.CoreV1().PersistentVolumeClaims(claim.Namespace).UpdateStatus(ctx, claim, meta.UpdateOptions{})
	}
	return err
}

func (v *volumes) reclaim(ctx context.Context, volume *core.PersistentVolume) error {
	if volume.Annotations[provisionedBy] != provisioner || volume.Status.Phase != core.VolumeReleased ||
		volume.Spec.PersistentVolumeReclaimPolicy != core.PersistentVolumeReclaimDelete || volume.DeletionTimestamp != nil {
		return nil
	}
	if err := os.RemoveAll(volume.Spec.Local.Path); err != nil {
		return err
	}
	err := v.client.CoreV1().PersistentVolumes().Delete(ctx, volume.Name, meta.DeleteOptions{})
	if errors.IsNotFound(err) {
		return nil
	}
	return err
}
