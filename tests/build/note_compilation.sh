#!/bin/sh
# note_compilation.sh LOG COMPILER ARGUMENT... stands before a compiler: adds the name of the source to LOG, writes an empty
# object and an empty list of dependencies, and compiles nothing.
log=$1
while [ $# -gt 0 ]; do
  case $1 in
    -o | -MF) : >"$2" ;;
    -c) echo "$2" >>"$log" ;;
  esac
  shift
done
