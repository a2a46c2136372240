#!/bin/sh
# The first process of the node that runs pods: it has mounts, processes, a network and a cgroup of its own, and when it
# ends the kernel ends all the rest. Everything that containerd and the kubelet keep is in memory.
# usage: init.sh FILES PROGRAMS LOGS, with NODE, NODE_ADDRESS and HOST_ADDRESS set
set -eu
# Containers' roots are made as this allows, and who is not root in one must get in.
umask 022
trap 'exit 0' TERM INT
files=$1 programs=$2 logs=$3
PATH=$programs/usr/bin:$programs/usr/sbin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

# The hierarchies of cgroups that this process is in, each seen from its own place downwards.
hierarchies=$(awk '$(NF-2) == "cgroup" { print $5 " " $NF }' /proc/self/mountinfo)
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /sys/fs/cgroup
echo "$hierarchies" | while read -r place options; do
    options=$(echo "$options" | sed 's/^r[wo],//; s/xattr,//; s/^name=/none,name=/')
    mkdir -p "$place"
    mount -t cgroup -o "$options" cgroup "$place"
done
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/log
# The kubelet keeps some sockets in /var/lib whatever it is told.
mkdir /run/lib /run/lib-work
mount -t overlay -o lowerdir=/var/lib,upperdir=/run/lib,workdir=/run/lib-work overlay /var/lib
mount --make-rshared /

ip link set lo up
until ip link show eth0 >/dev/null 2>&1; do sleep 0.02; done
ip address add "$NODE_ADDRESS" peer "$HOST_ADDRESS" dev eth0
ip link set eth0 up

containerd --config "$files/containerd.toml" >"$logs/containerd.log" 2>&1 &
until ctr --address /run/containerd/containerd.sock version >/dev/null 2>&1; do sleep 0.05; done
images() {
    ctr --address /run/containerd/containerd.sock --namespace k8s.io images "$@"
}
images import "$files/images.tar"
# What asks for an image by its digest finds it, too.
named=registry.example/busybox
images tag "$named:1.35" "$named@$(images ls "name==$named:1.35" | awk 'NR == 2 { print $3 }')"
kubelet=$programs/kubelet
"$kubelet" --config="$files/kubelet.yaml" --kubeconfig="$files/kubeconfig" --hostname-override="$NODE" \
    --node-ip="$NODE_ADDRESS" --root-dir=/run/kubelet --cert-dir=/run/kubelet/pki --node-labels=sandbox.eksgate/real=true >"$logs/kubelet.log" 2>&1 &
wait $!
