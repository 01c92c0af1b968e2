import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_generated_code_is_what_the_compiler_makes():
    script = [sys.executable, "scripts/generate_proto.py", "--check"]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_the_wire_needs_no_tensorflow():
    look = (
        "import sys, model.wire\n"
        "heavy = {'tensorflow', 'keras', 'tensorflow_serving', 'grpc'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
