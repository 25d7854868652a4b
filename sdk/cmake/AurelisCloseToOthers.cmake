# cmake -DFILE=built.so -DTREE=build -P ...: takes the right to write from all but the owner, of the file, of its folder
# and of the folders between that and the tree, the tree included. What belongs to somebody else stays as it is.
set(paths ${FILE})
get_filename_component(folder ${FILE} DIRECTORY)
list(APPEND paths ${folder})
string(FIND "${folder}/" "${TREE}/" at)
while(at EQUAL 0 AND NOT folder STREQUAL TREE)
  get_filename_component(folder ${folder} DIRECTORY)
  list(APPEND paths ${folder})
endwhile()
find_program(chmod chmod NO_CACHE)
execute_process(COMMAND ${chmod} go-w ${paths} ERROR_QUIET)
