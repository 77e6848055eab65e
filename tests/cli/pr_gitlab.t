# A pull request on gitlab: opened, found again, brought up to date, its status set.
$ "$SOURCE/tests/git/world.sh" gitlab && cd w && git switch -qc noctule/fix && echo 4 >>a && git commit -qam 'a: four' -m 'It was missing.' && GITLAB_TOKEN=sesame noctule pr | tail -n 1 | grep -o '"created":true,"number":1'
"created":true,"number":1
$ rm requests; cd w && GITLAB_TOKEN=sesame noctule pr | tail -n 1 | grep -o '"created":false,"number":1'; grep -cE '^> P[A-Z]+ ' ../requests
"created":false,"number":1
1
$ cd w && GITLAB_TOKEN=sesame noctule git open-pr --title 'a: four, mended' | grep -o '"created":false,"number":1'; grep -o 'a: four, mended' ../pulls
"created":false,"number":1
a: four, mended
$ grep -c sesame requests; cd w && GITLAB_TOKEN=wrong noctule git open-pr
5
? 2
! 401
$ cat breaches 2>/dev/null # what the description of the service does not have
? 1
$ kill "$(cat daemon.pid)"
