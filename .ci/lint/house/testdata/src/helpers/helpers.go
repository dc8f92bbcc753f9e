package helpers // want `package helpers: name it`
