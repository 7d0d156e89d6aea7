#!/bin/sh
# reuse_object.sh SOURCE BUILD COPY COPY_BUILD COMPILER ARGUMENT... stands before the compiler of a build in COPY_BUILD of COPY, a
# copy of SOURCE, which has been built in BUILD: takes the object from there when the file to be compiled is the same, and
# compiles it otherwise.
source=$1 build=$2 copy=$3 copy_build=$4
shift 4
previous= object= file= dependencies=
for argument; do
  case $previous in
    -o) object=$argument ;;
    -c) file=$argument ;;
    -MF) dependencies=$argument ;;
  esac
  previous=$argument
done
[ -n "$file" ] || file=$previous
here=$(pwd)
original=$source${file#"$copy"} built=$build${here#"$copy_build"}/$object
if [ "$file" != "$original" ] && cmp -s "$file" "$original" && [ "$built" -nt "$original" ]; then
  [ -z "$dependencies" ] || : >"$dependencies"
  exec cp "$built" "$object"
fi
echo "compiled $file"
exec "$@"
