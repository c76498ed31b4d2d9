module github.com/openchatops/oco

go 1.26.0
