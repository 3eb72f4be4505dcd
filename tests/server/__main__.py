"""``python -m tests.server``: serve the four APIs until killed; prints one JSON line with the environment to set."""

import argparse
import json

from .app import FAULTS, FakeApis

parser = argparse.ArgumentParser(prog="python -m tests.server", description=__doc__)
parser.add_argument("--port", type=int, default=0, help="0 = any free port")
parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer, so that a kill can land")
parser.add_argument("--faults", action="store_true", help="throttle and fail in each source, as FAULTS says")
parser.add_argument("--period", type=int, default=0, help="the faults come back after N requests; 0 = once only")
parser.add_argument("--records", type=int, default=None, help="serve only the first N works of each source")
options = parser.parse_args()
apis = FakeApis(
    port=options.port,
    delay=options.delay,
    faults=FAULTS if options.faults else {},
    records=options.records,
    period=options.period,
)
print(json.dumps(apis.environment), flush=True)
apis.serve_forever()
