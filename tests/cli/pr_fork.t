# A branch of a fork: pushed to the fork, merged into the upstream, found again there; a branch of that
# name elsewhere is another.
$ mkdir hub && cd hub && "$SOURCE/tests/git/world.sh" github fork && cd w && git switch -qc noctule/fix && echo 4 >>a && git commit -qam 'a: four' && GITHUB_TOKEN=sesame noctule pr | tail -n 1 | grep -o '"created":true,"number":1'
"created":true,"number":1
$ cd hub && grep -o 'head=[^&]*' requests; grep -o '"head":"[^"]*"' requests; git --git-dir me.git log --format=%s -1 noctule/fix; git --git-dir up.git rev-parse -q --verify noctule/fix
head=git%3Anoctule%2Ffix
"head":"git:noctule/fix"
a: four
? 1
$ cd hub/w && GITHUB_TOKEN=sesame noctule git open-pr --title 'a: four, mended' | grep -o '"created":false,"number":1'; GITHUB_TOKEN=sesame noctule git open-pr | grep -o '"created":false,"number":1'
"created":false,"number":1
"created":false,"number":1
$ cd hub && rm requests pulls && cd other && sed -i 's|"repo": "up/engine"|"repo": "git/engine"|' noctule.json && git commit -qam 'noctule.json: it moved' && git push -q && cd ../w && noctule git fetch >/dev/null && GITHUB_TOKEN=sesame noctule git open-pr | grep -o '"created":true,"number":2'; grep -o '"head":.*"head_repo":"[^"]*"' ../requests; cat ../breaches 2>/dev/null; kill "$(cat ../daemon.pid)"
"created":true,"number":2
"head":"git:noctule/fix","base":"main","body":"","head_repo":"me"
$ mkdir tea && cd tea && "$SOURCE/tests/git/world.sh" gitea fork && cd w && git switch -qc noctule/fix && echo 4 >>a && git commit -qam 'a: four' && GITEA_TOKEN=sesame noctule pr | tail -n 1 | grep -o '"created":true,"number":1'; GITEA_TOKEN=sesame noctule git open-pr | grep -o '"created":false,"number":1'; cat ../breaches 2>/dev/null; kill "$(cat ../daemon.pid)"
"created":true,"number":1
"created":false,"number":1
$ mkdir lab && cd lab && "$SOURCE/tests/git/world.sh" gitlab fork && cd w && git switch -qc noctule/fix && echo 4 >>a && git commit -qam 'a: four' && GITLAB_TOKEN=sesame noctule pr --dry-run | grep -o 'target_project_id[^}]*'
target_project_id\":null
$ cd lab/w && GITLAB_TOKEN=sesame noctule pr | tail -n 1 | grep -o '"created":true,"number":1'; grep -E '^> (GET|POST)|source_' ../requests | sed "s/$(git rev-parse HEAD)/ID/"
"created":true,"number":1
> GET /gitlab/projects/up%2Fengine
> GET /gitlab/projects/git%2Fme
> GET /gitlab/projects/up%2Fengine/merge_requests?state=opened&source_branch=noctule%2Ffix&target_branch=main
> POST /gitlab/projects/git%2Fme/merge_requests
> {"source_branch":"noctule/fix","target_branch":"main","title":"a: four","description":"","target_project_id":1}
> POST /gitlab/projects/up%2Fengine/statuses/ID
$ cd lab/w && GITLAB_TOKEN=sesame noctule git open-pr --title 'a: four, mended' | grep -o '"created":false,"number":1'; grep -o '^> PUT.*' ../requests
"created":false,"number":1
> PUT /gitlab/projects/up%2Fengine/merge_requests/1
$ cd lab && sed -i 's/"source_project_id":[0-9]*/"source_project_id":9/' pulls && cd w && GITLAB_TOKEN=sesame noctule git open-pr | grep -o '"created":true,"number":2'; cat ../breaches 2>/dev/null; kill "$(cat ../daemon.pid)"
"created":true,"number":2
