# Who commits is whom git would name: the variables of author and committer before the configuration,
# and that from where git takes it.
$ export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null; printf '[user]\nname = Home\nemail = home@x.org\n' >.gitconfig && printf '[user]\nname = File\nemail = file@x.org\n' >cfg && git init -q -b main w && cd w && echo '{"schema":1}' >noctule.json && git add . && git -c user.name=A -c user.email=a@x.org commit -qm one
$ printf 'cd w; echo $1 >f; noctule git commit -m "$1" --path f >/dev/null && git log -1 --format="%%an <%%ae> | %%cn <%%ce>"\n' >make; HOME=$PWD GIT_CONFIG_NOSYSTEM=1 sh make 1
Home <home@x.org> | Home <home@x.org>
$ HOME=$PWD GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=$PWD/cfg sh make 2
File <file@x.org> | File <file@x.org>
$ HOME=$PWD GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null sh make 3
? 2
! git does not know who commits here; set user.name and user.email
$ GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=user.name GIT_CONFIG_VALUE_0=Count GIT_CONFIG_KEY_1=user.email GIT_CONFIG_VALUE_1=count@x.org sh make 4
Count <count@x.org> | Count <count@x.org>
$ GIT_CONFIG_GLOBAL=$PWD/cfg GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@x.org GIT_COMMITTER_NAME=Bob GIT_AUTHOR_DATE='2001-02-03T04:05:06+01:00' GIT_COMMITTER_DATE='1000000000 -0230' sh make 5
Ada <ada@x.org> | Bob <file@x.org>
$ cd w && git log -1 --format='%ad | %cd' --date=raw
981169506 +0100 | 1000000000 -0230
$ GIT_CONFIG_GLOBAL=$PWD/cfg GIT_AUTHOR_DATE=yesterday sh make 6
? 2
! GIT_AUTHOR_DATE is "yesterday"; seconds and a zone
$ cd w && git config author.name Carl && cd .. && GIT_CONFIG_GLOBAL=$PWD/cfg sh make 7
Carl <file@x.org> | File <file@x.org>
$ cd w && git config user.email w@x.org && noctule git squash --onto HEAD~2 -m one >/dev/null; GIT_CONFIG_GLOBAL=/dev/null GIT_COMMITTER_NAME=Dora noctule git squash --onto HEAD~2 -m one >/dev/null && git log -1 --format='%an | %cn <%ce>'
Count | Dora <w@x.org>
