"""Runs the recipes of `docs/recipes` as a reader does: `recipes.py EMULATOR FOLDER [APPLICATIONS CHROMIUM]`.

Each recipe is copied to FOLDER, and the shell commands of its README run in the copy. Only the port of the emulator
differs. EMULATOR is the program. With the path of Chromium, the recipes with a web page run, and otherwise all others.
APPLICATIONS is the folder with the installed scripts for the browser. Prints the results as a JSON list of cells, and the
duration of each recipe to the standard error.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import yaml
from terraform import Provider

EMULATOR, FOLDER, *BROWSER = (Path(argument).resolve() for argument in sys.argv[1:])
RECIPES = Path(__file__).resolve().parents[2] / "docs" / "recipes"
TOOLS = Path(sys.executable).parent
PORT = "9229"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


class Recipe:
    """A copy of a recipe, and the free port that its emulator uses."""

    def __init__(self, name):
        self.folder = FOLDER / name
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(RECIPES / name, self.folder)
        self.port = free_port()
        self.processes = []

    def blocks(self):
        """Returns the shell commands of the README, in their order."""
        readme = (self.folder / "README.md").read_text()
        blocks = re.findall(r"^```sh\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
        return [block.replace(PORT, self.port) for block in blocks]

    def run(self, command, **variables):
        """Runs a shell command, and fails if it fails. Its processes are stopped at the end of the recipe."""
        path = os.pathsep.join([str(EMULATOR.parent), str(TOOLS), os.environ["PATH"]])
        process = subprocess.Popen(
            ["sh", "-euc", command],
            cwd=self.folder,
            env={**os.environ, "PATH": path, **variables},
            stdout=sys.stderr,
            start_new_session=True,
        )
        self.processes.append(process)
        assert process.wait(timeout=300) == 0, f"`{command.strip()}` failed"

    def printed(self, command):
        """Runs a shell command, and returns what it prints. Fails if it fails."""
        self.run(f"{{\n{command}\n}} >printed")
        return (self.folder / "printed").read_text()

    def start(self, command):
        """Starts the emulator with a command of a README, and waits until it is ready."""
        _, *options = command.split()
        url = f"http://127.0.0.1:{self.port}/_emulator/health"
        self.serve([EMULATOR, *options, "--port", self.port], url)

    def replace(self, old, new, *files):
        """Replaces a string in files of the copy."""
        for file in files:
            path = self.folder / file
            text = path.read_text()
            assert old in text, f"{file} does not contain {old}"
            path.write_text(text.replace(old, new))

    def serve(self, command, url, **variables):
        """Starts a server in the background, and waits until it responds to a URL."""
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env={**os.environ, **variables},
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.processes.append(process)
        end = time.monotonic() + 60
        while True:
            assert process.poll() is None, f"{command[0]} ended"
            try:
                urlopen(url).close()
                return
            except OSError:
                assert time.monotonic() < end, f"{command[0]} does not respond"
                time.sleep(0.1)

    def check(self, schema, file):
        """Checks a file with a schema that check-jsonschema contains."""
        self.run(f"check-jsonschema --builtin-schema vendor.{schema} {file}")

    def stop(self):
        for process in self.processes:
            try:
                os.killpg(process.pid, signal.SIGTERM)
            except ProcessLookupError:
                pass


def pycognito(recipe):
    emulator, program = recipe.blocks()
    recipe.start(emulator)
    recipe.run(program)


def docker_compose(recipe):
    """Checks the file, and runs the command of its service without containers."""
    recipe.check("compose-spec", "compose.yaml")
    if shutil.which("docker") and not subprocess.run(
        ["docker", "compose", "version"], capture_output=True
    ).returncode:
        recipe.run("docker compose config --quiet")
    text = (recipe.folder / "compose.yaml").read_text().replace(PORT, recipe.port)
    service = yaml.safe_load(text)["services"]["service"]
    recipe.start("cognito-emulator")
    command = " ".join(["aws", *service["command"]])
    recipe.run(command, **service["environment"])
    # The user exists now, so the second request fails.
    recipe.run(f"! {command} 2>refused", **service["environment"])
    refused = (recipe.folder / "refused").read_text()
    assert "UsernameExistsException" in refused, refused


def github_action(recipe):
    recipe.check("github-actions", "action.yml")
    recipe.check("github-workflows", "workflow.yml")
    (script,) = recipe.blocks()
    recipe.run(script)


def amplify_vite(recipe):
    """Builds the page, and signs up and in on it."""
    recipe.replace(PORT, recipe.port, ".env.development")
    emulator, install, build = recipe.blocks()
    recipe.start(emulator)
    recipe.run(install)
    recipe.run(build)
    port = free_port()
    options = ["--host", "127.0.0.1", "--port", port, "--strictPort"]
    recipe.serve(["npx", "vite", "preview", *options], f"http://127.0.0.1:{port}/")
    use_page(recipe, port)


def auth_js(recipe):
    """Signs in and out on the page, twice."""
    port = free_port()
    recipe.replace("3000", port, ".env.local", "seed.json")
    recipe.replace(PORT, recipe.port, ".env.local")
    emulator, install, develop = recipe.blocks()
    recipe.start(emulator)
    recipe.run(install)
    options = ["--", "--hostname", "127.0.0.1", "--port", port]
    page = f"http://127.0.0.1:{port}/"
    recipe.serve([*develop.split(), *options], page, NEXT_TELEMETRY_DISABLED="1")
    use_page(recipe, port)


def use_page(recipe, port):
    """Opens the page of a recipe in Chromium, and uses it with a script for this recipe."""
    applications, chromium = BROWSER
    script = applications / "recipe.mjs"
    endpoint = f"http://127.0.0.1:{recipe.port}"
    name = recipe.folder.name
    recipe.run(f"node {script} {name} http://localhost:{port}/ {endpoint} {chromium}")


def aws_cli(recipe):
    """Checks that each way to set the endpoint reaches the emulator."""
    recipe.replace(PORT, recipe.port, "config")
    emulator, script, option, profile = recipe.blocks()
    recipe.start(emulator)
    printed = recipe.printed(script).split()
    assert printed == ["FORCE_CHANGE_PASSWORD", "ann@example.com", "CONFIRMED"], printed
    for command in [option, profile]:
        pools = json.loads(recipe.printed(command))["UserPools"]
        assert "shop" in [pool["Name"] for pool in pools], pools


def cdk(recipe):
    """Creates the template with the CDK's own program, and signs up and in."""
    synth, emulator, program = recipe.blocks()
    recipe.run(synth)
    recipe.start(emulator)
    printed = recipe.printed(program)
    assert "signed in as ann@example.com" in printed, printed


def terraform(recipe):
    """Makes the calls of the AWS provider, which cannot be installed, and signs in."""
    recipe.replace(PORT, recipe.port, "main.tf")
    emulator, _, sign_in = recipe.blocks()
    recipe.start(emulator)
    provider = Provider(recipe.folder, f"http://127.0.0.1:{recipe.port}")
    outputs = provider.apply()
    for name, value in outputs.items():
        sign_in = sign_in.replace(f"$(terraform output -raw {name})", value)
    tokens = json.loads(recipe.printed(sign_in))["AuthenticationResult"]
    assert tokens["AccessToken"], "no access token"
    provider.destroy()


WITHOUT_BROWSER = {
    "aws-cli": aws_cli,
    "cdk": cdk,
    "docker-compose": docker_compose,
    "github-action": github_action,
    "pycognito": pycognito,
    "terraform": terraform,
}
IN_BROWSER = {"amplify-vite": amplify_vite, "auth-js": auth_js}


def main():
    cells = []
    client, recipes = ("recipespages", IN_BROWSER) if BROWSER else ("recipes", WITHOUT_BROWSER)
    for name, test in recipes.items():
        recipe = Recipe(name)
        cell = {"client": client, "row": name, "outcome": "ok", "reason": ""}
        begin = time.monotonic()
        try:
            test(recipe)
        except Exception as error:
            cell.update(outcome="refused", reason=f"{type(error).__name__}: {error}")
        finally:
            recipe.stop()
        print(f"recipe {name}: {time.monotonic() - begin:.0f} s", file=sys.stderr)
        cells.append(cell)
    print(json.dumps(cells))


main()
