"""Groups of scenes of scripts/bench: each is played once, and tells its figures and its aims."""
import sys

import bench_casework
import bench_load
import bench_passages
import bench_payment
import bench_queue

GROUPS = {"payment": bench_payment.SCENES, "applications": bench_casework.SCENES,
          "queues": bench_queue.SCENES, "claims": bench_passages.SCENES}
SCENES = {name: scene for group in GROUPS.values() for name, scene in group.items()}


def run(given, stage):
    result = {}
    for name in given.names:
        if name not in SCENES:
            continue
        print(f"scene: {name}", file=sys.stderr)
        scene = SCENES[name](given, stage)
        try:
            figures, aims = scene.run()
        except bench_load.LoadFailed as failure:
            print(f"{name}: {failure}", file=sys.stderr)
            continue
        result[name] = {"name": scene.name, "figures": figures, "aims": aims}
        print_scene(result[name])
    return result


def without_figures(given, result):
    """What to say in the end of scenes that failed; None when none did."""
    failed = sorted(set(given.names) & set(SCENES) - set(result))
    return f"bench: no figures of {' '.join(failed)}: see above" if failed else None


def print_scene(scene):
    print(f"\n{scene['name']}")
    for text, value in scene["figures"]:
        print(f"  {text:76}{value:14.2f}")
    for text, value, reached in scene["aims"]:
        print(f"{'ok    ' if reached else 'missed'}  {text}: {value:.2f}", flush=True)
