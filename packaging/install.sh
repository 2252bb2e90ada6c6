#!/bin/sh
# install.sh: installs what lies beside it, or upgrades to it. install.sh remove: takes it out. Data are left alone by both.
# DESTDIR is the root of another system than this one.
set -eu
umask 022

here=$(cd "$(dirname "$0")" && pwd)
root=${DESTDIR:-}
list=usr/share/doc/lienthong/files.txt
# The package's own scripts know the root by this name.
export DPKG_ROOT="$root"

if [ -e "$root/var/lib/dpkg/info/lienthong.list" ]; then
    echo "Liên Thông đã được cài bằng gói Debian: dùng apt. | It was installed by its Debian package: use apt." >&2
    exit 1
fi

# Of the files that were installed, those that are not in list $1 go.
drop_all_but() {
    if [ -e "$root/$list.old" ]; then
        grep -vxF -f "$1" "$root/$list.old" | while read -r file; do rm -f "$root/$file"; done
        rm -f "$root/$list.old"
    fi
}

if [ -e "$root/$list" ]; then cp "$root/$list" "$root/$list.old"; fi
case "${1:-install}" in
install)
    while read -r file; do
        mode=644
        if [ -x "$here/$file" ]; then mode=755; fi
        install -D -m "$mode" "$here/$file" "$root/$file"
    done <"$here/$list"
    drop_all_but "$here/$list"
    "$here/scripts/postinst" configure
    ;;
remove)
    if [ ! -e "$root/$list.old" ]; then exit 0; fi
    "$here/scripts/prerm" remove
    drop_all_but /dev/null
    rm -rf "$root/usr/share/doc/lienthong"
    "$here/scripts/postrm" remove
    ;;
*)
    echo "install.sh [remove]" >&2
    exit 2
    ;;
esac
