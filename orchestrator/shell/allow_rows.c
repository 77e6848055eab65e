/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/shell/allow.h"

/* Left out on purpose: options that write (sort -o, git --output, tree -o, sed -i), that start a
 * program (rg --pre, git grep -O, sort --compress-program, find -exec), that read names of files
 * from a file (wc --files0-from, grep -f, du --files0-from), and follow without end (tail -f). */
/* clang-format off */
const struct allow_row allow_rows[] = {
    /* Looking. */
    {"ls", ALLOW_READ, "-l -a -A -1 -h -R -t -r -S -d -F -i -s --all --almost-all --color[name] --full-time", "path*"},
    {"cat", ALLOW_READ, "-n -b -A -s -v -e -t --number", "path*"},
    {"head", ALLOW_READ, "-# -n=number -c=number -q -v --lines=number --bytes=number", "path*"},
    {"tail", ALLOW_READ, "-# -n=number -c=number -q -v --lines=number --bytes=number", "path*"},
    {"nl", ALLOW_READ, "-b=name -w=number", "path*"},
    {"wc", ALLOW_READ, "-l -c -w -m -L --lines --bytes --words", "path*"},
    {"grep", ALLOW_READ,
     "-n -i -l -L -c -E -F -P -w -x -v -o -q -s -h -H -a -I -z -e=text -m=number -A=number -B=number -C=number -# "
     "--color[name] --include=text --exclude=text --exclude-dir=text --line-number --ignore-case --count", "text path*"},
    {"grep", ALLOW_READ,
     "-n -i -r -l -L -c -E -F -P -w -x -v -o -q -s -h -H -a -I -z -e=text -m=number -A=number -B=number -C=number -# "
     "--color[name] --include=text --exclude=text --exclude-dir=text --recursive --line-number --ignore-case --count", "text tree*"},
    {"grep", ALLOW_READ,
     "-n -i -r -R -l -L -c -E -F -P -w -x -v -o -q -s -h -H -a -I -z -e=text -m=number -A=number -B=number -C=number -# "
     "--color[name] --include=text --exclude=text --exclude-dir=text --recursive --line-number --ignore-case --count", "text deep*"},
    {"rg", ALLOW_READ,
     "-n -i -l -c -F -w -v -o -S -U -e=text -g=pick -t=name -T=name -m=number -A=number -B=number -C=number "
     "--no-ignore --stats --json --color=name --sort=name", "text path*"},
    {"rg", ALLOW_READ,
     "-n -i -l -c -F -w -v -o -S -U -uu -e=text -g=pick -t=name -T=name -m=number -A=number -B=number -C=number "
     "--hidden --no-ignore --stats --json --color=name --sort=name", "text tree*"},
    {"find", ALLOW_READ,
     "-name=text -iname=text -path=text -type=name -maxdepth=number -mindepth=number -size=text -newer=path -mtime=text "
     "-empty -print -print0 -not -o -a -prune -xdev", "path*"},
    {"stat", ALLOW_READ, "-c=text -L -t --format=text", "path+"},
    {"file", ALLOW_READ, "-b -i -L --brief --mime", "path+"},
    {"du", ALLOW_READ, "-s -h -a -c -k -m -b -d=number --max-depth=number", "path*"},
    {"df", ALLOW_READ, "-h -k -T -i", "path*"},
    {"diff", ALLOW_READ, "-u -q -w -b -B -i -N -y -a -U=number --brief --stat --color[name]", "path path"},
    {"diff", ALLOW_READ, "-u -r -q -w -b -B -i -N -y -a -U=number --brief --stat --color[name]", "deep deep"},
    {"cmp", ALLOW_READ, "-l -s -b", "path path"},
    {"comm", ALLOW_READ, "-1 -2 -3", "path path"},
    {"sort", ALLOW_READ, "-n -r -u -f -h -V -b -g -z -s -c -k=text -t=text", "path*"},
    {"uniq", ALLOW_READ, "-c -d -u -i -f=number -s=number", "path?"},
    {"cut", ALLOW_READ, "-s -d=text -f=text -c=text -b=text", "path*"},
    {"tr", ALLOW_READ, "-d -s -c", "text text?"},
    {"sed", ALLOW_READ, "-n", "lines path*"},
    {"column", ALLOW_READ, "-t -s=text", "path*"},
    {"od", ALLOW_READ, "-c -A=name -t=name -N=number -j=number -x -v", "path*"},
    {"strings", ALLOW_READ, "-a -n=number -t=name", "path+"},
    {"readelf", ALLOW_READ, "-h -S -s -d -W -l", "path+"},
    {"nm", ALLOW_READ, "-g -u -C -D -n -S", "path+"},
    {"sha256sum", ALLOW_READ, "-b", "path+"},
    {"basename", ALLOW_READ, "", "text text?"},
    {"dirname", ALLOW_READ, "", "text+"},
    {"realpath", ALLOW_READ, "", "path+"},
    {"test", ALLOW_READ, "-e=path -f=path -d=path -s=path -x=path -r=path -L=path", ""},
    {"echo", ALLOW_READ, "-n -e", "text*"},
    {"pwd", ALLOW_READ, "", ""},
    {"true", ALLOW_READ, "", ""},
    {"false", ALLOW_READ, "", ""},
    {"date", ALLOW_READ, "-u", ""},
    {"nproc", ALLOW_READ, "", ""},
    {"uname", ALLOW_READ, "-a -r -m -s", ""},
    {"git status", ALLOW_READ, "-s -b --short --branch --porcelain[name]", "rev*"},
    {"git log", ALLOW_READ,
     "-# -n=number -p -1 --oneline --stat --graph --format[text] --pretty[text] --since[text] --until[text] --author[text] "
     "--grep[text] --no-merges --follow --name-only --name-status --decorate --all --reverse -S=text -G=text -L=text", "rev*"},
    {"git show", ALLOW_READ, "--stat --format[text] --name-only --name-status --oneline -s", "rev*"},
    {"git diff", ALLOW_READ, "--stat --cached --staged --name-only --name-status --check -w -b -U=number --word-diff", "rev*"},
    {"git blame", ALLOW_READ, "-L=text -w -s", "rev+"},
    {"git grep", ALLOW_READ, "-n -i -l -c -E -F -w -v -e=text -A=number -B=number -C=number", "text rev*"},
    {"git ls-files", ALLOW_READ, "-c -o -m -s --others --modified --exclude-standard", "rev*"},
    {"git ls-tree", ALLOW_READ, "-r -l --name-only", "rev+"},
    {"git rev-parse", ALLOW_READ, "--short --abbrev-ref --show-toplevel --verify", "rev*"},
    {"git merge-base", ALLOW_READ, "--is-ancestor", "rev rev"},
    {"git branch", ALLOW_READ, "-a -r -v --show-current --list", ""},
    {"git rev-list", ALLOW_READ, "--count -n=number --no-merges", "rev+"},
    {"noctule status", ALLOW_READ, "--json", "text*"},
    {"noctule plan", ALLOW_READ, "--json", ""},
    {"noctule compare", ALLOW_READ, "--json", "name*"},
    {"noctule clusters", ALLOW_READ, "--json", "name*"},
    {"noctule cluster", ALLOW_READ, "--json", "name"},
    {"noctule check", ALLOW_READ, "--range=rev --staged --kinds --json --message=path", ""},
    {"noctule ledger verify", ALLOW_READ, "", ""},
    {"noctule-engine inspect", ALLOW_READ, "--json", "path"},
    {"noctule-engine ops", ALLOW_READ, "--json --available=name", ""},

    /* Building and testing: what the tree says is run, so this is for the sandbox to hold. */
    {"make", ALLOW_TEST, "-j[number] -k -s -n", "(all|check|tidy|asan|tsan|sweep)*"},
    {"cmake --build", ALLOW_TEST, "--preset=name -j[number] --target=name --parallel[number] -v", "path?"},
    {"cmake", ALLOW_TEST, "--preset=name --list-presets", ""},
    {"ctest", ALLOW_TEST,
     "--preset=name -R=text -E=text -L=text -LE=text -j[number] -V -VV -N --output-on-failure --stop-on-failure "
     "--test-dir=path --timeout=number --rerun-failed", ""},
    {"ninja", ALLOW_TEST, "-C=path -j=number -v -k=number", "name*"},
    {"pytest", ALLOW_TEST, "-q -v -x -s -k=text -m=text --maxfail=number --tb=name", "path*"},
    {"cargo test", ALLOW_TEST, "--release -q -v -p=name --offline --locked", "name?"},
    {"cargo build", ALLOW_TEST, "--release -q -v -p=name --offline --locked", ""},
    {"go test", ALLOW_TEST, "-v -run=text -count=number", "(./...)?"},
    {"noctule-engine check", ALLOW_TEST,
     "--backend=name --dtype=name --case=text --threads=number --list --json --strict --mutations", "path"},
    {"noctule-engine diagnose", ALLOW_TEST, "--case=text --backend=name --dtype=name --threads=number --json", "path"},
    {"noctule-engine parity", ALLOW_TEST, "--backend=name --dtype=name --threads=number --json", "path+"},
    {"noctule-engine diff", ALLOW_TEST, "--json", "path path"},
    {"noctule-engine tokenize", ALLOW_TEST, "--json", "path text*"},
    {"tests/tidy.sh", ALLOW_TEST, "", "path"},
    {"clang-format-14", ALLOW_TEST, "--dry-run -Werror", "path+"},
    {"clang-format", ALLOW_TEST, "--dry-run -Werror", "path+"},

    /* Changing files, one by one. */
    {"mkdir", ALLOW_EDIT, "-p", "edit+"},
    {"touch", ALLOW_EDIT, "", "edit+"},
    {"cp", ALLOW_EDIT, "", "path into"},
    {"mv", ALLOW_EDIT, "", "moved into"},
    {"rm", ALLOW_EDIT, "", "edit+"},
    {"clang-format-14", ALLOW_EDIT, "-i", "edit+"},
    {"clang-format", ALLOW_EDIT, "-i", "edit+"},
    {NULL, ALLOW_READ, NULL, NULL},
};

const struct allow_refusal allow_refusals[] = {
    {"sh|bash|dash|zsh|ksh|busybox|python|python3|perl|ruby|node|lua|awk|gawk|mawk|php|tclsh|expect|"
     "gdb|ed|ex|vi|vim|emacs|m4|bc|dc|jq",
     "is an interpreter, which does whatever it is given"},
    {"env|xargs|nohup|nice|timeout|time|setsid|stdbuf|parallel|watch|"
     "command|builtin|exec|eval|source|.|sudo|su|doas|chroot|unshare|nsenter|flock|strace|script|screen|tmux|at|batch|crontab|systemd-run|ssh|git-shell|"
     "if|while|for|until|case|function|coproc|trap|alias",
     "starts another command, which would not be looked at"},
    {"curl|wget|nc|ncat|socat|telnet|ftp|scp|rsync|dig|nslookup|pip|pip3|npm|npx|apt|apt-get|gem",
     "reaches the network"},
    {"dd|tee|install|ln|truncate|shred|unlink|rmdir|"
     "tar|unzip|zip|cpio|patch|chmod|chown|mount|umount|mkfifo|mknod",
     "writes where no path is checked"},
    {"git", "may only be asked, and without options before its verb; to commit, rebase or push there is noctule git"},
    {"kill|pkill|killall|reboot|shutdown|init|systemctl|service|"
     "ulimit|export|declare|set|unset|read|mapfile|printf|umask|hash|enable",
     "changes what other commands do or ends them"},
    {NULL, NULL},
};
/* clang-format on */
