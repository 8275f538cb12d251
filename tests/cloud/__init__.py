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
| `aws.calls`, `aws.writes`, `aws.forget()` | tell the calls; the actions that changed something; start anew |
| `aws.fail("throttle", every=3)` | each third call is throttled; `share=0.2`, a fifth; `action="s3:*"`, of those |
| `aws.fail("expired", after=20)` | credentials end with call 21 |
| `aws.fail("denied", "CreateEnvironment")` | the policy lacks one action |
| `aws.fail("timeout", "CreateEnvironment")` | the effect, and no answer; `cut`: neither; `slow`: `seconds` |
| `aws.fail("error")`, `aws.fail("unavailable")` | 500, 503 |
| `aws.kill_after(n)` | the client is killed between the effect and the answer of the n-th call from now |
| `aws.meanwhile("SwapEnvironmentCNAMEs", do)` | somebody else acts, by `do(aws)`, just before |
| `aws.red(pattern)`, `aws.swap_goes("half")` | environments go Red; a swap stays half done, is "stuck" so, or "fails" |
| `aws.advance(seconds)` | time passes; by itself it does so a thousand times as fast: `cloud(..., scale=1000)` |
| `aws.heal()` | nothing goes wrong any more |
"""
