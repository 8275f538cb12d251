"""
AWS on this machine, for tests of releases: a Beanstalk of our own, moto's server for all else, and one endpoint before
both that counts calls, lets them go wrong, and kills who calls. No part of the product.

    from cloud.here import cloud

    def test_a_release_that_is_killed_goes_on(tmp_path):
        with cloud(tmp_path) as aws:                              # give it own=moto, a fixture, and it starts at once
            aws.kill_after(1, action="CreateEnvironment")         # whoever makes that call, once it had its effect
            first = subprocess.run([*PYMACARON, "deploy", "apply"], env=aws.environ)
            assert first.returncode == -9
            again = subprocess.run([*PYMACARON, "deploy", "apply"], env=aws.environ)
            assert again.returncode == 0
            assert aws.writes.count("elasticbeanstalk:CreateEnvironment") == 1
            assert [one["Status"] for one in aws.beanstalk.environments.values()] == ["Ready"]
            aws.forget()
            subprocess.run([*PYMACARON, "deploy", "apply"], env=aws.environ, check=True)
            assert aws.writes == []                               # all was there: reads only
            aws.red("*", after_s=60)                              # and then it falls ill
            aws.advance(60)

| the test says | and |
|---|---|
| `aws.environ` | are the variables of a child process; `aws.client(service)`: boto3 that nobody counts |
| `aws.calls`, `aws.writes`, `aws.forget()` | tell the calls; what changed something; start anew |
| `aws.fail("throttle", every=3)` | each third call is throttled; `share=0.2`, a fifth; `action="s3:*"`, of those |
| `aws.fail("throttle", code="ThrottlingException")` | by that name, in the place of what each service says |
| `aws.fail("expired", after=20)` | credentials end with call 21 |
| `aws.fail("denied", "CreateEnvironment")` | the policy lacks one action |
| `aws.permit(document)` | only what this policy allows: `.used` and `.unused` say which actions were |
| `aws.fail("timeout", "CreateEnvironment")` | the effect, and no answer; `cut`: neither; `slow`: `seconds` |
| `aws.fail("error")`, `aws.fail("unavailable")` | 500, 503 |
| `aws.kill_after(n)` | the client is killed between the effect and the answer of the n-th call from now |
| `aws.meanwhile("SwapEnvironmentCNAMEs", do)` | somebody else acts, by `do(aws)`, just before |
| `aws.red(pattern)`, `aws.swap_goes("half")` | environments go Red; a swap stays half done, is "stuck" so, or "fails" |
| `aws.advance(seconds)` | time passes; by itself a thousand times as fast, unless `cloud(..., scale=1)` |
| `aws.heal()` | nothing goes wrong any more |

`cloud(tmp_path, docker=host)` runs each environment's containers for real (`with dock() as host`, tests/harbour), and
`aws.balancer` leads to them: `http://127.0.0.1:PORT` by the Host that a request names, or for a child process, whose
HTTP_PROXY it is, `http://<CNAME>`. `aws.balancer.answered` counts, by environment and status.

`cloud(tmp_path, registry=place)` leads docker, which asks ECR where to push, to a real one (`with registry(HTPASSWD) as
place`), and `aws.images.asked` are the actions that it has asked for there; they need the policy of `aws.permit`, too.

By hand: `PYTHONPATH=tests python -m cloud`; see remote.py. What has no stand-in here: rolling batches, replacement of
an instance that died, templates of configuration, the lifecycle rules of versions, an update that is aborted while
containers run, and resources in the policies of `aws.permit`.
"""
