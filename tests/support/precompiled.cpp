// The object of the headers that all tests include: tests/CMakeLists.txt has them compiled once.
