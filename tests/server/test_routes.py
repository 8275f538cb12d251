from pymacaron.server.routes import Rule, concrete, routes, rule


def test_a_template_becomes_a_rule_with_the_names_as_written():
    assert rule("/v1/pets/{pet-id}") == Rule("/v1/pets/<pet_id>", ("pet_id",), ("pet-id",), ())


def test_several_names_in_a_segment_and_a_suffix():
    assert rule("/a/{x}.{y}:run").text == "/a/<x>.<y>:run"


def test_the_same_name_twice_and_names_that_become_alike_stay_apart():
    one = rule("/{a-b}/{a.b}/{1}/{_}")
    assert one.text == "/<a_b>/<a_b2>/<p1>/<value>"
    assert one.names == ("a-b", "a.b", "1", "_")


def test_a_query_and_a_fragment_after_the_path_are_no_part_of_the_rule():
    assert rule("/items#first") == Rule("/items", (), (), ())
    assert rule("/items?state=open&x=#first").query == (("state", "open"), ("x", ""))


def test_literals_match_decoded_paths():
    assert rule("/a%20b").text == "/a b"
    assert rule("/a%3Cb/{c}/<d>").text == '/<any("a<b"):literal0_1>/<c>/<any("<d>"):literal1_1>'


def test_paths_that_differ_in_their_query_share_a_route_and_the_first_of_two_equal_ones_wins():
    found = routes([("GET", "/i?a=1", "one"), ("GET", "/i", "plain"), ("GET", "/i", "second"), ("POST", "/i", "post")])
    assert [(route.method, [(target.query, target.what) for target in route.targets]) for route in found] == [
        ("GET", [((("a", "1"),), "one"), ((), "plain")]),
        ("POST", [((), "post")]),
    ]


def test_paths_that_a_template_matches_too_are_found_segment_by_segment():
    templates = ["/o/{id}", "/{a}/{b}/c", "/o/{x}.{y}/z", "/only"]
    paths = ["/o/new", "/o", "/o/", "/o/new/", "/p/q/c", "/p/q/d", "/o/1.2/z", "/o/12/z", "/only", "/o/new"]
    assert concrete(rule(path) for path in [*templates, *paths]) == ["/o/new", "/p/q/c", "/o/1.2/z"]
