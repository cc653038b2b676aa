#!/bin/sh
# Makes the environment in which tests/test_spynnaker.py runs exports on sPyNNaker's virtual board:
#   sh tests/foreign/spynnaker.sh [FOLDER]        default .foreign/spynnaker
# then: python -m pytest -m foreign tests/test_spynnaker.py     (NEUROMEM_SPYNNAKER=FOLDER if it is elsewhere)
set -e
folder=${1:-.foreign/spynnaker}
${PYTHON:-python3.11} -m venv "$folder"
"$folder/bin/python" -m pip install --disable-pip-version-check -q "sPyNNaker==1!7.4.1"
"$folder/bin/python" -c "import spynnaker.pyNN; print('sPyNNaker is installed')"
